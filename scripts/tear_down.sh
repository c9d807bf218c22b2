#!/usr/bin/env bash
# Removes a stage from its account, and leaves what it has stored: scripts/tear_down.sh STAGE; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m scripts.deployment.tear_down "$@"
