"""What a browser calls itself, in a few words for the list of sessions."""

from __future__ import annotations

import re

from review_ui.people import words

# The first that fits: browsers name each other.
BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def name(agent: str) -> str:
    """A User-Agent header as browser and system; never the header itself, which anybody may fill."""
    found = [
        next((shown for mark, shown in known if re.search(rf"\b{mark}", agent)), "") for known in (BROWSERS, SYSTEMS)
    ]
    return " / ".join(part for part in found if part) or words.UNKNOWN_BROWSER
