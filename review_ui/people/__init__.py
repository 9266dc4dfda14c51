"""Accounts, second factors, sessions and the audit log: their wording and what browsers are called."""
