"""Bringing paper in: batches, uploads, what came from the watched folder, what could not be opened."""
