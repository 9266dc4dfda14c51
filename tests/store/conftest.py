"""The office that these tests work in: once in SQLite, once in PostgreSQL."""

from tests.postgres import places, server, settings
from tests.run.papers import office, stations

__all__ = ["office", "places", "server", "settings", "stations"]
