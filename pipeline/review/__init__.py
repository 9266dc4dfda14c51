"""Station 7: who must look at what, and what people decided."""

from pipeline.review import pictures
from pipeline.review.decisions import Action, Change, aside, decide, judged, placed
from pipeline.review.values import NotUnderstood, shown, understood
from pipeline.review.waiting import Item, filing, open_fields, queue, release, take

__all__ = [
    "Action",
    "Change",
    "Item",
    "NotUnderstood",
    "aside",
    "decide",
    "filing",
    "judged",
    "open_fields",
    "pictures",
    "placed",
    "queue",
    "release",
    "shown",
    "take",
    "understood",
]
