"""Accounts, source servers, protection groups and their inventory."""
