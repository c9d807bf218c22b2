"""Permissions, idempotency keys and the audit log."""
