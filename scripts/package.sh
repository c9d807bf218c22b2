#!/usr/bin/env bash
# Packages the application of a stage as CloudFormation: scripts/package.sh STAGE OUTPUT_DIRECTORY
# Uses a clean copy, because everything under chalicelib/ is packaged, caches too. Needs no network or AWS account.
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

.venv/bin/python -m scripts.gateway_responses "$STAGE" >"$COPY/gateway-responses.json"
cd "$COPY"
# Chalice makes AWS clients while it packages; they must not look for a Region or for credentials.
AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-2}" PYTHONDONTWRITEBYTECODE=1 \
    "$ROOT/.venv/bin/chalice" package --stage "$STAGE" --merge-template gateway-responses.json "$OUTPUT"
