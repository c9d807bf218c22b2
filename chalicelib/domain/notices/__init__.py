"""Notices to people and machines, and their subscriptions."""
