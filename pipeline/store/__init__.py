"""Station 8: records ↔ database, the vault of original scans, the ledger, accounts."""

from pipeline.store import accounts
from pipeline.store.ledger import verify
from pipeline.store.opened import Store, migrate, open  # noqa: A004  # read as `store.open(settings)`
from pipeline.store.parcels import Counts, Filed, Imbalance, Line, Part, Scan, Task

__all__ = [
    "Counts",
    "Filed",
    "Imbalance",
    "Line",
    "Part",
    "Scan",
    "Store",
    "Task",
    "accounts",
    "migrate",
    "open",
    "verify",
]
