#!/usr/bin/env bash
# Goes back to an earlier deployment of a stage: scripts/rollback.sh STAGE [--to DEPLOYMENT]; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/in_venv.sh
source scripts/in_venv.sh
run_module scripts.deployment.rollback "$@"
