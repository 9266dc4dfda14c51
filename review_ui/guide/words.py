"""Wording of the page on scanning besides its text, in Japanese."""

TITLE = "スキャンのしかた"
