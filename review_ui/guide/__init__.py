"""The one page for the person at the scanner, shown where they work."""
