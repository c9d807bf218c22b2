"""Types are read for the first time by many threads at once, and the process survives it."""

import re
import subprocess
import sys

import msgspec
import pytest

from chalicelib.domain.typed_json import convert, read_json
from local.project import REPOSITORY as ROOT

MANY_THREADS = """
import sys, threading, msgspec
from chalicelib.domain.typed_json import convert, read_json

sys.setswitchinterval(1e-6)
for _ in range(400):
    inner = msgspec.defstruct("Inner", [(f"field{number}", "int | None", None) for number in range(30)])
    outer = msgspec.defstruct("Outer", [("one", inner), ("named", dict[str, inner]), ("listed", list[inner])])
    together = threading.Barrier(6)

    def read(number):
        together.wait()
        if number % 3 == 0:
            read_json(b'{"field1": 1}', inner)
        elif number % 3 == 1:
            read_json(b'{"one": {}, "named": {"x": {"field2": 2}}, "listed": [{}]}', outer)
        else:
            convert({"field3": 3}, inner)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


class Wave(msgspec.Struct):
    number: int


def test_threads_that_read_a_type_for_the_first_time_do_not_crash_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", MANY_THREADS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_errors_are_those_of_msgspec() -> None:
    assert read_json('{"number": 1}', Wave) == convert({"number": "1"}, Wave, strict=False) == Wave(1)
    with pytest.raises(msgspec.ValidationError, match="number"):
        read_json('{"number": "1"}', Wave)
    with pytest.raises(msgspec.ValidationError, match="number"):
        convert({}, Wave)


def test_no_other_module_of_the_product_reads_types_directly() -> None:
    directly = re.compile(r"msgspec\.convert\(|json\.decode\([^\n]*type=|\bDecoder\(")
    files = [file for file in (ROOT / "chalicelib").rglob("*.py") if file.name != "typed_json.py"]
    assert [str(file.relative_to(ROOT)) for file in files if directly.search(file.read_text())] == []
