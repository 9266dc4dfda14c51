"""Station 7: who must look at what, and what people decided."""

from pipeline.review import double_entry, pictures, rescans, sheets
from pipeline.review.change import Action, Change
from pipeline.review.decisions import decide, judged, placed
from pipeline.review.differences import Difference, between
from pipeline.review.values import NotUnderstood, shown, understood
from pipeline.review.waiting import Item, filing, open_fields, queue, release, take, take_second

__all__ = [
    "Action",
    "Change",
    "Difference",
    "Item",
    "NotUnderstood",
    "between",
    "decide",
    "double_entry",
    "filing",
    "judged",
    "open_fields",
    "pictures",
    "placed",
    "queue",
    "release",
    "rescans",
    "sheets",
    "shown",
    "take",
    "take_second",
    "understood",
]
