#!/usr/bin/env bash
# Prints an ID token for the REST API of a stage: scripts/sign_in.sh STAGE EMAIL
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/in_venv.sh
source scripts/in_venv.sh
run_module scripts.deployment.sign_in "$@"
