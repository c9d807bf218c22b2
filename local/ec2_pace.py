"""Saves moto's EC2 work that changes no answer; with thousands of instances most of its time went into it.

Most expensive are: loading machine images that are never used, translating each value of a filter of instances again
for each instance, and looking through the tags of everything for those of one instance.
"""

import functools
import os
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from moto.ec2 import utils as ec2_utils
from moto.ec2.models.tags import TagBackend

_WILDCARDS = frozenset("*?[")

_describe_all_tags = TagBackend.describe_tags
_filter_to_re = ec2_utils.simple_aws_filter_to_re


def spare_ec2_needless_work() -> None:
    """From now on, for the whole process. Safe to repeat."""
    # Hundreds of machine images for each account and Region; the emulated DRS brings its own.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    vars(ec2_utils)["simple_aws_filter_to_re"] = functools.lru_cache(maxsize=4096)(_filter_to_re)
    tags: Any = TagBackend
    tags.describe_tags = _describe_tags


def _describe_tags(self: Any, filters: Mapping[str, list[str]] | None = None) -> list[dict[str, str]]:
    """moto's own search, which for the tags of resources by id looks at these resources only."""
    ids = filters["resource-id"] if filters is not None and set(filters) == {"resource-id"} else None
    if ids is None or any(_WILDCARDS.intersection(resource_id) for resource_id in ids):
        return _describe_all_tags(self, filters)  # type: ignore[arg-type]
    of_these = SimpleNamespace(tags={each: self.tags[each] for each in ids if each in self.tags}, VALID_TAG_FILTERS=())
    return _describe_all_tags(of_these)  # type: ignore[arg-type]
