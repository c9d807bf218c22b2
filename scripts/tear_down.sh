#!/usr/bin/env bash
# Removes a stage from its account, and leaves what it has stored: scripts/tear_down.sh STAGE; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/in_venv.sh
source scripts/in_venv.sh
run_module scripts.deployment.tear_down "$@"
