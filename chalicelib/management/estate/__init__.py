"""Accounts, servers, groups and what DRS shows of them."""
