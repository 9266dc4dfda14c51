"""Everything about a form: schema, loading, lists, checking, printing."""

from pipeline.forms.load import Forms, at_hand, folders, load

__all__ = ["Forms", "at_hand", "folders", "load"]
