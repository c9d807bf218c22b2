"""The schemas of the API document: what goes in, what comes out, and what each field means.

The limits come from the types. What fields mean is in ``fields.json``, by the name of the field, or by type and field
where a name has several meanings. It is read with the document, so that no other request waits for it.
"""

import inspect
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import msgspec.inspect

from ..domain.estate.servers import ReplicationState
from ..domain.estate.syncs import SyncOutcome
from ..domain.runs.events import EventKind
from ..domain.typed_json import read_json

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"

_ENUMERATED: dict[str, type[StrEnum]] = {
    "TimelineEvent.kind": EventKind,
    "SourceServer.replicationState": ReplicationState,
    "SyncRun.outcome": SyncOutcome,
    "SyncResult.outcome": SyncOutcome,
}
"""Fields of records that are text, because a later version may store other values, and have these values now."""


_NAMES = {
    "chalicelib.domain.runs.records.ServerStatus": "ServerRunStatus",
    "chalicelib.operations.servers.ServerStatus": "ServerDetail",
    "chalicelib.domain.estate.launch_status.Difference": "SettingDifference",
    "chalicelib.domain.plans.differences.Difference": "FieldDifference",
}
"""What types are called that share a name."""


class Words(msgspec.Struct):
    """What fields and types mean; a list has an example as well. ``patterns`` are those of ids."""

    fields: dict[str, str | tuple[str, str]]
    types: dict[str, str | tuple[str, str]]
    patterns: dict[str, str]

    def of_field(self, kind: str, field: str) -> tuple[str, str | None]:
        """The meaning of a field and an example of it. Empty for a field that nobody has described."""
        found = self.types.get(f"{kind}.{field}") or self.fields.get(field, "")
        return (found, None) if isinstance(found, str) else found


def read_words() -> Words:
    """What ``fields.json`` says."""
    return read_json((Path(__file__).parent / "fields.json").read_bytes(), Words)


class Schemas(msgspec.Struct):
    """The schemas of requests and answers by their types, and the named ones that they refer to."""

    requests: dict[Any, Schema]
    answers: dict[Any, Schema]
    components: dict[str, Schema]

    def resolved(self, schema: Schema) -> Schema:
        return self.components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def schemas_of(requests: Iterable[Any], answers: Iterable[Any]) -> Schemas:
    """The schemas of these types. A type that goes in and comes out has one for each way: fields with a default may be
    left out of a request, and are always in an answer.
    """
    words = read_words()
    going_in, named_in = _one_way(list(requests), words, comes_out=False)
    coming_out, named_out = _one_way(list(answers), words, comes_out=True)
    both_ways = {name for name, schema in named_in.items() if name in named_out and schema.get("type") == "object"}
    renamed = {name: f"{name}Input" for name in both_ways}
    going_in = {kind: _with_refs(schema, renamed) for kind, schema in going_in.items()}
    named_in = {renamed.get(name, name): _with_refs(schema, renamed) for name, schema in named_in.items()}
    enumerated = {kind.__name__: _enumeration(kind) for kind in _ENUMERATED.values()}
    return Schemas(going_in, coming_out, {**named_in, **named_out, **enumerated})


def _one_way(kinds: list[Any], words: Words, *, comes_out: bool) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    made, named = msgspec.json.schema_components(kinds, ref_template=REF, schema_hook=_anything)
    times = _times_in(kinds)
    names = {name: _short(name) for name in named}
    described = {
        names[name]: _described(_with_refs(schema, names), names[name], words, times, comes_out=comes_out)
        for name, schema in named.items()
    }
    return {kind: _with_refs(schema, names) for kind, schema in zip(kinds, made, strict=True)}, described


def _short(name: str) -> str:
    """``Page_Execution_`` as ExecutionPage; of types that share a name, ``a.b.servers.Status`` as ServersStatus."""
    if name in _NAMES:
        return _NAMES[name]
    *modules, last = name.split(".")
    generic = re.fullmatch(r"(\w+?)_(\w+)_", last)
    if generic:
        return f"{generic[2]}{generic[1]}"
    return "".join(part.capitalize() for part in modules[-1].split("_")) + last if modules else last


def _described(schema: Schema, name: str, words: Words, times: set[tuple[str, str]], *, comes_out: bool) -> Schema:
    """A component with the meaning of everything in it."""
    title = schema.get("title", name)
    made = {**schema, "title": name, "description": _meaning(schema, name, words)}
    if "properties" not in schema:
        return made
    required = set(schema.get("required", ()))
    fields = {}
    for field, found in schema["properties"].items():
        property_schema = _opened(found)
        if (title, field) in times:
            property_schema = _as_time(property_schema)
        if enumerated := _ENUMERATED.get(f"{title}.{field}"):
            property_schema = {"$ref": REF.format(name=enumerated.__name__)}
        if comes_out and ("default" in property_schema):
            required.add(field)
            del property_schema["default"]
        fields[field] = {**property_schema, **_facts(name, field, property_schema, words)}
    made["properties"] = fields
    made["required"] = [field for field in fields if field in required]
    if comes_out:
        # Answers gain fields; whoever reads them ignores those that are new.
        made.pop("additionalProperties", None)
    return made


def _meaning(schema: Schema, name: str, words: Words) -> str:
    """The type's docstring, in the document's spelling; else what is said about it here."""
    found = words.types.get(name, "") or words.types.get(schema.get("title", ""), "")
    said = inspect.cleandoc(schema.get("description", "")) or found
    if not said and name.endswith("Page"):
        said = f"One page of a list of {name.removesuffix('Page')}."
    return in_markdown(str(said))


def in_markdown(text: str) -> str:
    """A docstring's text with fields and null as they are spelled in JSON."""

    def spelled(found: re.Match[str]) -> str:
        head, *tail = found[1].split("_")
        is_field = found[1].islower() and all(tail)
        return f"`{head}{''.join(part.capitalize() for part in tail)}`" if is_field else f"`{found[1]}`"

    return re.sub(r"``([^`]+)``", spelled, re.sub(r"\bNone\b", "null", text))


def _facts(name: str, field: str, schema: Schema, words: Words) -> Schema:
    """The description of a property, an example of text, and the pattern of an id."""
    meaning, example = words.of_field(name, field)
    facts: Schema = {"description": meaning}
    if example is not None:
        facts["examples"] = [[example] if schema.get("type") == "array" else example]
    pattern = words.patterns.get(f"{name}.{field}") or words.patterns.get(field)
    if pattern and schema.get("type") == "string":
        facts["pattern"] = pattern
    return facts


def _opened(schema: Schema) -> Schema:
    """Says that an object of which nothing is known may have any fields."""
    is_free = schema.get("type") == "object" and not {"properties", "additionalProperties"} & set(schema)
    return {**schema, "additionalProperties": True} if is_free else dict(schema)


def _as_time(schema: Schema) -> Schema:
    if schema.get("type") == "string":
        return {**schema, "format": "date-time"}
    return (
        {**schema, "anyOf": [_as_time(choice) for choice in schema.get("anyOf", ())]} if "anyOf" in schema else schema
    )


def _times_in(kinds: list[Any]) -> set[tuple[str, str]]:
    """Type and field of every time in these types. msgspec states the format of those that must have an offset only."""
    found: set[tuple[str, str]] = set()
    seen: set[Any] = set()
    waiting: list[Any] = list(msgspec.inspect.multi_type_info(kinds))
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, msgspec.inspect.StructType):
            if kind.cls in seen and not getattr(kind.cls, "__parameters__", ()):
                continue
            seen.add(kind.cls)
            found |= {(kind.cls.__name__, field.encode_name) for field in kind.fields if _is_time(field.type)}
            waiting += [field.type for field in kind.fields]
        elif isinstance(kind, msgspec.inspect.UnionType):
            waiting += kind.types
        elif isinstance(kind, msgspec.inspect.DictType):
            waiting.append(kind.value_type)
        elif inner := getattr(kind, "item_type", None) or getattr(kind, "type", None):
            waiting.append(inner)
    return found


def _is_time(kind: Any) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _is_time(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_is_time(choice) for choice in kind.types)
    return isinstance(kind, msgspec.inspect.DateTimeType)


def _enumeration(kind: type[StrEnum]) -> Schema:
    said = in_markdown(inspect.cleandoc(kind.__doc__ or ""))
    return {"title": kind.__name__, "description": said, "type": "string", "enum": [member.value for member in kind]}


def _with_refs(value: Any, names: dict[str, str]) -> Any:
    """The value with other names in its references."""
    if isinstance(value, list):
        return [_with_refs(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _ref(item, names) if key == "$ref" else _inner(key, item, names) for key, item in value.items()}


def _inner(key: str, item: Any, names: dict[str, str]) -> Any:
    if key == "mapping":
        return {tag: _ref(target, names) for tag, target in item.items()}
    return _with_refs(item, names)


def _ref(target: str, names: dict[str, str]) -> str:
    name = target.rpartition("/")[2]
    return REF.format(name=names.get(name, name))


def _anything(_: type) -> Schema:
    """The schema of values that the API does not describe further."""
    return {"description": "Any JSON value."}
