#!/usr/bin/env bash
# Compares a deployed stage with what a deployment makes, and changes nothing: scripts/verify.sh STAGE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m scripts.deployment.verify "$@"
