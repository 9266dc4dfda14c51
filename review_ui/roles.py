"""Who may do what: one table, and whatever is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import get_args

from pipeline.store import accounts


class Permission(Enum):
    """What a route asks for; every route behind the door names one."""

    OWN = "own account"  # sign out, password, how the screen looks
    REVIEW = "see records and settle values"


# Operators bring paper in and see no answers; admins keep users and forms and see none either.
GRANTS: Mapping[accounts.Role, frozenset[Permission]] = {
    role: frozenset({Permission.OWN, Permission.REVIEW}) if role == "reviewer" else frozenset({Permission.OWN})
    for role in get_args(accounts.Role)
}


def may(role: accounts.Role, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return permission in GRANTS.get(role, frozenset())
