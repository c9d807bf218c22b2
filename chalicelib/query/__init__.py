"""Reads: lists, details and the polling of waves. This side can write nothing but the audit log."""
