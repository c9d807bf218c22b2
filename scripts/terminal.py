"""A small terminal emulator: runs a program in a pseudo-terminal, and keeps the screen a person would see."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_TOKENS = re.compile(r"\x1b\[(?P<numbers>[0-9;?]*)(?P<final>[A-Za-z])|(?P<control>[\r\n\b\x07])|(?P<character>.)", re.S)
_RESET = {"", "0"}
_QUIET_SECONDS = 0.15
_ERASES = re.compile(r"(?=\r\x1b\[(?:2K|1A))")
"""Where rich begins to draw a live screen again, and where it takes away the last one."""


@dataclass(frozen=True)
class _Cell:
    character: str = " "
    colour: str = ""
    """The escape sequences since the last reset."""


class Terminal:
    """The rows of a screen; supports only the escape sequences that rich and plain programs send."""

    def __init__(self, *, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._cells: list[list[_Cell]] = [[]]
        self._top = self._row = self._column = 0
        self._colour = ""

    def feed(self, output: str) -> None:
        """Writes the output of a program to the screen."""
        for token in _TOKENS.finditer(output):
            if token["final"]:
                self._obey(token["numbers"], token["final"])
            elif token["control"]:
                self._move(token["control"])
            else:
                self._put(token["character"])

    def screen(self) -> list[str]:
        """The visible rows, without trailing spaces and without empty rows at the end."""
        return _text(self._cells[self._top :])

    def coloured(self) -> str:
        """The visible rows as text, with escape sequences where the colour changes."""
        return "\n".join("".join(_in_colour(row)) for row in self._cells[self._top :])

    def _put(self, character: str) -> None:
        if unicodedata.category(character) == "Cc":
            return
        if self._column == self.columns:
            self._column = 0
            self._new_line()
        row = self._cells[self._row]
        row.extend([_Cell()] * (self._column + 1 - len(row)))
        row[self._column] = _Cell(character, self._colour)
        self._column += 1

    def _move(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\n":
            self._new_line()
        elif control == "\b":
            self._column = max(0, self._column - 1)

    def _new_line(self) -> None:
        self._row += 1
        if self._row == len(self._cells):
            self._cells.append([])
        self._top = max(self._top, self._row - self.rows + 1)

    def _obey(self, numbers: str, final: str) -> None:
        if final == "m":
            self._colour = "" if numbers in _RESET else f"{self._colour}\x1b[{numbers}m"
            return
        count = int(numbers) if numbers.isdigit() else 0
        row = self._cells[self._row]
        if final == "A":
            self._row = max(self._top, self._row - max(1, count))
        elif final == "K":
            del row[0 if count == 2 else self._column :]
        elif not (final in "hl" and numbers.startswith("?")):
            raise ValueError(f"This terminal does not support the escape sequence CSI {numbers}{final}.")


class Look(NamedTuple):
    """The terminal at a moment of its program's output."""

    terminal: Terminal
    is_whole: bool
    """Just before the program erases it, and at its end; otherwise at a pause, which may lie within what it draws."""


def _in_colour(row: Sequence[_Cell]) -> Iterator[str]:
    colour = ""
    for cell in row:
        if cell.colour != colour:
            colour = cell.colour
            yield f"\x1b[0m{colour}"
        yield cell.character
    if colour:
        yield "\x1b[0m"


def _text(cells: Sequence[Sequence[_Cell]]) -> list[str]:
    rows = ["".join(cell.character for cell in row).rstrip() for row in cells]
    while rows and not rows[-1]:
        rows.pop()
    return rows


@contextlib.contextmanager
def in_terminal(
    command: Sequence[str], *, columns: int, rows: int, cwd: Path, env: Mapping[str, str]
) -> Iterator[tuple["subprocess.Popen[bytes]", Iterator[Look]]]:
    """Runs a program in a terminal; the iterator shows each screen, however late it is read, and each pause."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    surroundings = {name: value for name, value in env.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**surroundings, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, _looks(ours, Terminal(columns=columns, rows=rows))
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _looks(source: int, terminal: Terminal) -> Iterator[Look]:
    pending = b""
    while True:
        readable, _, _ = select.select([source], [], [], _QUIET_SECONDS)
        if not readable:
            yield Look(terminal, is_whole=False)
            select.select([source], [], [])
            continue
        try:
            read = os.read(source, 65536)
        except OSError:  # Linux raises this when the program has closed the terminal.
            break
        if not read:
            break
        pending += read
        whole = _whole_characters(pending)
        before, *after = _ERASES.split(pending[:whole].decode())
        pending = pending[whole:]
        terminal.feed(before)
        for drawn in after:
            yield Look(terminal, is_whole=True)
            terminal.feed(drawn)
    yield Look(terminal, is_whole=True)


def _whole_characters(output: bytes) -> int:
    """The length of the output without what may go on after its end: a character, an escape sequence."""
    unfinished = re.search(rb"\r\Z|\r?\x1b(\[[0-9;?]*)?\Z", output)
    if unfinished:
        return unfinished.start()
    for length in range(len(output), max(-1, len(output) - 4), -1):
        with contextlib.suppress(UnicodeDecodeError):
            output[:length].decode()
            return length
    return 0
