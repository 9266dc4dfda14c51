"""A seeded generator of filled, scanned, folded sheets with the truth beside them. It knows no particular form."""

from samples.stacks import KINDS, stack

__all__ = ["KINDS", "stack"]
