"""Station 8: records ↔ database, the vault of original scans, the ledger, accounts."""

from pipeline.store import accounts, audit, backup, batches, cuts, moments, purge, room
from pipeline.store.ledger import verify
from pipeline.store.move import move
from pipeline.store.opened import Store, migrate, open  # noqa: A004  # read as `store.open(settings)`
from pipeline.store.parcels import Counts, Filed, Filing, Imbalance, Line, NewScan, Part, Scan, Spot, Task, Twice

__all__ = [
    "Counts",
    "Filed",
    "Filing",
    "Imbalance",
    "Line",
    "NewScan",
    "Part",
    "Scan",
    "Spot",
    "Store",
    "Task",
    "Twice",
    "accounts",
    "audit",
    "backup",
    "batches",
    "cuts",
    "migrate",
    "moments",
    "move",
    "open",
    "purge",
    "room",
    "verify",
]
