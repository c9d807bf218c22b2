#!/usr/bin/env bash
# Packages the application of a stage as CloudFormation: scripts/package.sh STAGE OUTPUT_DIRECTORY
# Packages a clean copy (everything under chalicelib/ ships, caches too) and takes the layer's wheels only from
# build/wheelhouse, where their hashes were checked. Needs no network and no AWS account.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ $# -ne 2 ] || [ "$1" = --help ]; then
    echo "usage: scripts/package.sh STAGE OUTPUT_DIRECTORY" >&2
    exit 2
fi
readonly STAGE=$1
mkdir -p "$2"
OUTPUT=$(cd "$2" && pwd)
ROOT=$PWD
COPY=$(mktemp -d)
trap 'rm -rf "$COPY"' EXIT

# shellcheck source=scripts/clean_copy.sh
source scripts/clean_copy.sh
clean_copy "$COPY"

cd "$COPY"
AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-2}" PIP_NO_INDEX=1 PIP_FIND_LINKS="$ROOT/build/wheelhouse" PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONDONTWRITEBYTECODE=1 "$ROOT/.venv/bin/chalice" package --stage "$STAGE" "$OUTPUT"
