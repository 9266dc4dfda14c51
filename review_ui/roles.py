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
    INTAKE = "bring paper in and see own batches"
    REMOVE = "take a picture that should never have been scanned out for good"
    NAMES = "search by name"
    FIGURES = "see how the work goes, in figures"
    REPORT = "see the report's tables"
    EXPORT = "write data files without what identifies a person"
    FORMS = "draw forms and try them on scans"
    IDENTIFIED = "write data files with what identifies a person, for a stated purpose"
    USERS = "keep accounts: add, lock out, reset, assign"
    AUDIT = "read and verify the audit log"


# Operators bring paper in and see no answers; admins keep users and forms and see none either.
_MORE: Mapping[accounts.Role, set[Permission]] = {
    "operator": {Permission.INTAKE, Permission.REMOVE},
    "reviewer": {
        Permission.REVIEW,
        Permission.REPORT,
        Permission.INTAKE,
        Permission.REMOVE,
        Permission.NAMES,
        Permission.FIGURES,
    },
    "analyst": {Permission.REPORT, Permission.EXPORT, Permission.IDENTIFIED, Permission.FIGURES},
    "admin": {Permission.FORMS, Permission.USERS, Permission.FIGURES},
    "auditor": {Permission.AUDIT},
}
GRANTS: Mapping[accounts.Role, frozenset[Permission]] = {
    role: frozenset({Permission.OWN} | _MORE.get(role, set())) for role in get_args(accounts.Role)
}

# Where the work of whoever has the permission begins; the first that fits.
HOMES: Mapping[Permission, str] = {
    Permission.REVIEW: "/",
    Permission.EXPORT: "/export",
    Permission.INTAKE: "/batches",
    Permission.FORMS: "/forms",
    Permission.USERS: "/users",
    Permission.AUDIT: "/audit",
}


def may(role: accounts.Role, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return permission in GRANTS.get(role, frozenset())


def home(role: accounts.Role) -> str:
    """Where a person's work begins."""
    return next((path for permission, path in HOMES.items() if may(role, permission)), "/account")
