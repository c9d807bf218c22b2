#!/usr/bin/env bash
# Compares a deployed stage with what a deployment makes, and changes nothing: scripts/verify.sh STAGE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/in_venv.sh
source scripts/in_venv.sh
run_module scripts.deployment.verify "$@"
