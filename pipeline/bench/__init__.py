"""Measuring: how right, how exactly laid, how fast; on sets of sheets with their truth."""
