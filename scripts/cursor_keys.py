"""Gives the functions of a stage a new key for the cursors of lists, beside the one that is in use.

Cursors of the former key stay valid until the next deployment. The keys are in the functions' environment only: whoever
may read that may read the tables too.
"""

import secrets


def next_keys(in_use: str) -> str:
    """The keys of the next deployment, by those in use (`CURSOR_KEYS`, which may be empty)."""
    former = [key for key in in_use.split(",") if key]
    return ",".join([secrets.token_hex(32), *former[:1]])
