#!/usr/bin/env bash
# Goes back to an earlier deployment of a stage: scripts/rollback.sh STAGE [--to DEPLOYMENT]; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m scripts.deployment.rollback "$@"
