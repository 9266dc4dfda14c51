"""What several people do together: two on one field, all on one batch."""

from review_ui.together import words

__all__ = ["words"]
