"""Station 7: who must look at what, and what people decided."""

from pipeline.review import double_entry, pictures
from pipeline.review.change import Action, Change
from pipeline.review.decisions import aside, decide, judged, placed
from pipeline.review.values import NotUnderstood, shown, understood
from pipeline.review.waiting import Item, filing, open_fields, queue, release, take, take_second

__all__ = [
    "Action",
    "Change",
    "Item",
    "NotUnderstood",
    "aside",
    "decide",
    "double_entry",
    "filing",
    "judged",
    "open_fields",
    "pictures",
    "placed",
    "queue",
    "release",
    "shown",
    "take",
    "take_second",
    "understood",
]
