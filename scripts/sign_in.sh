#!/usr/bin/env bash
# Prints an ID token for the REST API of a stage: scripts/sign_in.sh STAGE EMAIL
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m scripts.deployment.sign_in "$@"
