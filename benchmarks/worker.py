"""`python -m benchmarks.worker SUBJECT FILE`: measures one subject, writes the result into the file."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.subjects import find_subject


def main(arguments: Sequence[str]) -> int:
    """Measures the subject; if that fails, the file is not written and the traceback is printed."""
    name, file = arguments
    Path(file).write_bytes(msgspec.json.encode(find_subject(name).measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
