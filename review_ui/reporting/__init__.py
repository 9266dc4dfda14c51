"""The report in the browser."""
