"""Examples of requests and answers for the API document, made from their schemas."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
MOMENT = "2026-01-15T09:30:00Z"
_NUMBERS = {"integer": 1, "number": 1.5}


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value of the schema, with every field that is described there."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    for stated in ("examples", "enum"):
        if stated in schema:
            return schema[stated][0]
    match schema.get("type"):
        case "object":
            return _object(schema, components)
        case "array":
            return [example_of(schema["items"], components)]
    return _plain(schema)


def _plain(schema: Schema) -> Any:
    match schema.get("type"):
        case "string":
            return MOMENT if schema.get("format") == "date-time" else "text"
        case "boolean":
            return schema.get("default", True)
        case "integer" | "number" as kind:
            return schema.get("default", max(_NUMBERS[kind], schema.get("minimum", 0)))
    return None


def _object(schema: Schema, components: Mapping[str, Schema]) -> dict[str, Any]:
    fields = schema.get("properties", {})
    if fields:
        return {name: example_of(field, components) for name, field in fields.items()}
    values = schema.get("additionalProperties")
    return {"Name": example_of(values, components)} if isinstance(values, Mapping) and values.get("type") else {}
