#!/usr/bin/env bash
# Deploys a stage to the AWS account of the current credentials: scripts/deploy.sh STAGE; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ ! -x .venv/bin/python ]; then
    echo "Run \`make setup\` first: it makes .venv with the locked packages." >&2
    exit 2
fi
exec .venv/bin/python -m scripts.deployment.deploy "$@"
