"""The ledger: what arrived, and that nothing of it was lost."""

from __future__ import annotations

from pipeline.store.opened import Store
from pipeline.store.parcels import Imbalance


def verify(store: Store, bytes_too: bool = True) -> list[Imbalance]:
    """Whether every arrived byte and page is stored, in review, blank, a duplicate, or refused with a reason.

    Args:
        store: an open store.
        bytes_too: hash every original anew.
    """
    raise NotImplementedError
