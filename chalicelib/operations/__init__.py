"""Operations and tasks, each declared in the file of its subject; ``table`` lists them all.

A function of one purpose loads the declarations of its subject only, so this package loads nothing else.
"""

from .declaration import Operation, Side, Task

__all__ = ["Operation", "Side", "Task"]
