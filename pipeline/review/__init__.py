"""Station 7: who must look at what, and what people decided."""

from pipeline.review.decisions import Change, decide, placed
from pipeline.review.queue import Item, open_fields, queue, release, take
from pipeline.review.values import NotUnderstood, shown, understood

__all__ = [
    "Change",
    "Item",
    "NotUnderstood",
    "decide",
    "open_fields",
    "placed",
    "queue",
    "release",
    "shown",
    "take",
    "understood",
]
