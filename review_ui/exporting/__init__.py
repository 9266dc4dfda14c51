"""The export page's own: its wording, and the exports that are under way."""
