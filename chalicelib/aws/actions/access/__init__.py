"""The evidence of audit log and timelines."""
