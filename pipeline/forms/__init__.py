"""Everything about a form: schema, loading, lists, checking, printing."""

from pipeline.forms.load import Forms, load

__all__ = ["Forms", "load"]
