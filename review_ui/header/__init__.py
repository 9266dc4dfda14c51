"""What stands at the top of every page."""
