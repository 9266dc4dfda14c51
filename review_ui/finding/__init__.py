"""Looking for a record."""
