"""Station 8: records ↔ database, the vault of original scans, the ledger, accounts."""

from pipeline.store import accounts, moments
from pipeline.store.ledger import verify
from pipeline.store.opened import Store, migrate, open  # noqa: A004  # read as `store.open(settings)`
from pipeline.store.parcels import Counts, Filed, Filing, Imbalance, Line, NewScan, Part, Scan, Task, Twice

__all__ = [
    "Counts",
    "Filed",
    "Filing",
    "Imbalance",
    "Line",
    "NewScan",
    "Part",
    "Scan",
    "Store",
    "Task",
    "Twice",
    "accounts",
    "migrate",
    "moments",
    "open",
    "verify",
]
