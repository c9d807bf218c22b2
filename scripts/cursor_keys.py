"""Gives the functions of a stage a new key for the cursors of lists, beside the one that is in use.

Cursors of the former key stay valid until the next deployment. The keys are in the functions' environment only: whoever
may read that may read the tables too.

    CURSOR_KEYS=KEYS_IN_USE python -m scripts.cursor_keys CONFIG STAGE
"""

import json
import os
import secrets
import sys
from pathlib import Path


def main(file: str, stage: str) -> None:
    """Writes the keys into a configuration of Chalice. They are never printed, nor arguments, which others can see."""
    path = Path(file)
    config = json.loads(path.read_text())
    former = [key for key in os.environ.get("CURSOR_KEYS", "").split(",") if key not in {"", "None"}]
    keys = [secrets.token_hex(32), *former[:1]]
    config["stages"][stage]["environment_variables"]["CURSOR_KEYS"] = ",".join(keys)
    path.write_text(json.dumps(config))


if __name__ == "__main__":
    main(*sys.argv[1:])
