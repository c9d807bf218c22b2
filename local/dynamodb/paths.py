"""Document paths: reads, writes and projects what lies at them, in items that are never changed themselves."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item, Value

Path = tuple[Any, ...]
"""The name of an attribute, then names in maps and positions in lists."""

Tree = dict[Any, Any]
"""Paths that begin alike share their beginning; ``None`` ends one."""


def at(item: Item, path: Path) -> Value | None:
    """The value at a path; None when there is none."""
    value = item.get(path[0])
    for step in path[1:]:
        if value is None:
            return None
        value = _inner(value, step)
    return value


def with_value(item: Item, path: Path, value: Value | None) -> Item:
    """An item with another value at the path; None removes it. Raises Refused where the path begins with nothing."""
    first, rest = path[0], path[1:]
    content = dict(item)
    _put(content, first, rest, value)
    return content


def tree_of(paths: Iterable[Path], kind: str) -> Tree:
    """Raises Refused when one path is or contains another, or takes what is a list for a map."""
    known = list(paths)
    for one, other in combinations(known, 2):
        shared = min(len(one), len(other))
        if one[:shared] == other[:shared]:
            raise Refused(
                f"Invalid {kind}: Two document paths overlap with each other; must remove or rewrite one of these "
                f"paths; path one: {_written(one)}, path two: {_written(other)}"
            )
    tree: Tree = {}
    for path in known:
        branch = tree
        for depth, step in enumerate(path, start=1):
            if any(isinstance(other, int) != isinstance(step, int) for other in branch):
                raise Refused(
                    f"Invalid {kind}: Two document paths conflict with each other; must remove or rewrite one of these "
                    f"paths; path: {_written(path)}"
                )
            below: Tree | None = branch.setdefault(step, {} if depth < len(path) else None)
            if below is not None:
                branch = below
    return tree


def project(item: Item, tree: Tree) -> Item:
    """What an item has at the paths of a tree, with everything around them."""
    found: Item = _content("M", item, tree)
    return found


def _written(path: Path) -> str:
    return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in path) + "]"


def _inner(value: Value, step: str | int) -> Value | None:
    if isinstance(step, str):
        return value.get("M", {}).get(step)  # type: ignore[no-any-return]
    listed = value.get("L", ())
    return listed[step] if step < len(listed) else None


def _put(content: Any, step: str | int, rest: Path, value: Value | None) -> None:
    """Changes the copied content of an item, a map or a list."""
    if rest:
        inner = (content.get(step) if isinstance(step, str) else content[step] if step < len(content) else None) or {}
        kind = "M" if isinstance(rest[0], str) else "L"
        if kind not in inner:
            raise Refused("The document path provided in the update expression is invalid for update")
        copied = dict(inner["M"]) if kind == "M" else list(inner["L"])
        _put(copied, rest[0], rest[1:], value)
        content[step] = {kind: copied}
    elif isinstance(step, str):
        if value is None:
            content.pop(step, None)
        else:
            content[step] = value
    elif value is None:
        del content[step : step + 1]
    elif step < len(content):
        content[step] = value
    else:
        content.append(value)


def _content(kind: str, content: Any, tree: Tree) -> Any:
    if kind == "M":
        known: Mapping[str, Value] = content
        kept = {step: _branch(known[step], below) for step, below in tree.items() if step in known}
        return {step: value for step, value in kept.items() if value is not None}
    positions = sorted(step for step in tree if isinstance(step, int) and step < len(content))
    elements = [_branch(content[position], tree[position]) for position in positions]
    return [element for element in elements if element is not None]


def _branch(value: Value, tree: Tree | None) -> Value | None:
    """What a value has at the paths of a tree; None when there is nothing."""
    if tree is None:
        return value
    kind = "M" if isinstance(next(iter(tree)), str) else "L"
    content = _content(kind, value[kind], tree) if kind in value else None
    return {kind: content} if content else None
