"""The form editor: drafts, scans tried on them, and all wording of its pages."""
