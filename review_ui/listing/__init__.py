"""The office's lists: looked at, replaced after a look at what changes, taken back."""
