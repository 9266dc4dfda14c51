"""A seeded generator of filled, scanned, folded sheets with the truth beside them. It knows no particular form."""

from samples.sheets import KINDS
from samples.stacks import stack

__all__ = ["KINDS", "stack"]
