"""One function in a process of its own, as in Lambda: `python -I -S -B lambda_process.py APPLICATION LAYER HANDLER`.

It imports from the unpacked application, the unpacked layer and the standard library only. It reads a call a line from
its input and writes the answer a line to its output; whatever the function prints goes to standard error, its log.
"""

import importlib
import json
import os
import sys
import sysconfig
import time
import traceback
from types import SimpleNamespace
from typing import Any


def main(application: str, layer: str, handler: str) -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = sys.stderr
    packages = f"{layer}/python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    sys.path[:0] = [application, packages]
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        json.dump(_answer(function, json.loads(line), (application, packages)), answers)
        answers.write("\n")
        answers.flush()


def _answer(function: Any, call: dict[str, Any], packages: tuple[str, ...]) -> dict[str, Any]:
    deadline = time.monotonic() + call["remaining_ms"] / 1000
    context = SimpleNamespace(
        **call["context"],
        get_remaining_time_in_millis=lambda: max(0, int((deadline - time.monotonic()) * 1000)),
    )
    try:
        # Lambda writes JSON too: a value that is not JSON is an error of the function.
        value = json.dumps(function(call["event"], context))
    except Exception as error:  # noqa: BLE001 — whatever a function raises is Lambda's answer
        traceback.print_exc()
        return {"error": type(error).__name__, "message": str(error), "strangers": _strangers(packages)}
    return {"value": value, "strangers": _strangers(packages)}


def _strangers(packages: tuple[str, ...]) -> list[str]:
    """The files of loaded modules that come from elsewhere than the package, the layer and the standard library."""
    known = (*packages, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), __file__)
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return sorted({file for file in files if file is not None and not file.startswith(known)})


if __name__ == "__main__":
    main(*sys.argv[1:])
