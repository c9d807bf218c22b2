"""A setting of the installation: its value, its version, and who changed it when."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Setting(msgspec.Struct, Generic[T], frozen=True):
    """A setting with its value. Version 0 was never changed by anyone and is the default.

    The subject is that of the verified person who changed it, beside the name; empty for anything else.
    """

    value: T
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str = ""
    updated_by_subject: str = ""
