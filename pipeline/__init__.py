"""Yomitori: paper forms in, trusted data out; a folder per station."""
