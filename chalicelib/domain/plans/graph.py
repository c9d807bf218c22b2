"""Directed graphs of wave numbers: cycles and longest paths."""

from collections.abc import Mapping, Sequence


def find_cycle(needs: Mapping[int, Sequence[int]]) -> list[int]:
    """One cycle as the numbers along it, the first repeated at the end; empty if there is none.

    ``needs`` maps a number to those that it depends on; numbers that are not keys are ignored.
    """
    finished: set[int] = set()
    for start in needs:
        cycle = _walk(start, needs, finished)
        if cycle:
            return cycle
    return []


def _walk(start: int, needs: Mapping[int, Sequence[int]], finished: set[int]) -> list[int]:
    path = [start]
    branches = [iter(needs[start])] if start not in finished else []
    while branches:
        step = next(branches[-1], None)
        if step is None:
            branches.pop()
            finished.add(path.pop())
        elif step in path:
            return [*path[path.index(step) :], step]
        elif step in needs and step not in finished:
            path.append(step)
            branches.append(iter(needs[step]))
    return []


def longest_path(needs: Mapping[int, Sequence[int]], length: Mapping[int, float]) -> list[int]:
    """The numbers on the path with the greatest total ``length``, in order; empty for an empty graph.

    The graph must be free of cycles.
    """
    best: dict[int, tuple[float, list[int]]] = {}

    def reach(number: int) -> tuple[float, list[int]]:
        if number not in best:
            before = max(
                (reach(step) for step in needs[number] if step in needs), key=lambda way: way[0], default=(0.0, [])
            )
            best[number] = (before[0] + length.get(number, 0.0), [*before[1], number])
        return best[number]

    return max((reach(number) for number in needs), key=lambda way: way[0], default=(0.0, []))[1]
