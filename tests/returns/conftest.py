"""The office that these tests work in."""

from tests.run.papers import office, settings, stations

__all__ = ["office", "settings", "stations"]
