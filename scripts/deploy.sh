#!/usr/bin/env bash
# Deploys a stage to the AWS account of the current credentials: scripts/deploy.sh STAGE; --help explains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/in_venv.sh
source scripts/in_venv.sh
run_module scripts.deployment.deploy "$@"
