"""Tags of source servers, jobs, recovery instances and templates, addressed by ARN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from drs_emulator.errors import not_found, validation_failed
from drs_emulator.operations.call import Call, Operation

_MOST_TAGS = 50


class _Tagged(Protocol):
    arn: str
    tags: dict[str, str]


def tag_resource(call: Call) -> dict[str, Any]:
    """Adds or overwrites tags; a resource has at most 50, none beginning with `aws:`."""
    tags = _tags_of(call)
    added = call.arguments["tags"]
    problems = tag_problems(added, before=tags)
    if problems:
        raise validation_failed(problems)
    tags.update(added)
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    """Removes tags; a key that is not there is not an error."""
    tags = _tags_of(call)
    for key in call.arguments["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """All tags of a resource."""
    return {"tags": dict(_tags_of(call))}


def tag_problems(added: Mapping[str, str], *, before: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What is wrong with tags that are to be added to those of `before`: at most 50, none beginning with `aws:`."""
    problems = []
    reserved = sorted(key for key in added if key.lower().startswith("aws:"))
    if reserved:
        problems.append(("tags", f"Tag key {reserved[0]} begins with the reserved prefix aws:"))
    if len({**(before or {}), **added}) > _MOST_TAGS:
        problems.append(("tags", f"A resource can have at most {_MOST_TAGS} tags"))
    return problems


def _tags_of(call: Call) -> dict[str, str]:
    """The tags, to be changed in place; raises ResourceNotFoundException for an unknown ARN."""
    arn = str(call.arguments["resourceArn"])
    state = call.state
    kind, _, name = arn.rpartition(":")[2].partition("/")
    tagged: dict[str, Mapping[str, _Tagged]] = {
        "source-server": state.servers,
        "job": state.jobs,
        "recovery-instance": state.recovery_instances,
    }
    found = tagged.get(kind, {}).get(name)
    if found is not None and found.arn == arn:
        return found.tags
    templates = {
        "launch-configuration-template": state.launch_templates,
        "replication-configuration-template": state.replication_templates,
    }
    template = templates.get(kind, {}).get(name)
    if template is not None and template["arn"] == arn:
        tags: dict[str, str] = template["tags"]
        return tags
    raise not_found("Resource", arn)


OPERATIONS = {
    "TagResource": Operation(handler=tag_resource),
    "UntagResource": Operation(handler=untag_resource),
    "ListTagsForResource": Operation(handler=list_tags_for_resource),
}
