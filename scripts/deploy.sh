#!/usr/bin/env bash
# Deploys a stage to the AWS account of the current credentials. The deployment stops at the first step that fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly APP=aws-drs-orchestration

usage() {
    cat <<'HELP'
usage: scripts/deploy.sh STAGE [--lambda-only | --frontend-only | --validate-only]

  STAGE              dev, qa or prod

  (no option)        validate, security, tests, data stack, functions, aliases, workflow stack, dashboard, smoke test
  --lambda-only      validate, functions, aliases, smoke test (a fast update of code)
  --frontend-only    only the dashboard
  --validate-only    only validate; nothing is deployed and no AWS account is needed

AWS_REGION is the Region to deploy to (default: us-east-2). docs/deployment-guide.md explains each step and rollback.
HELP
}

main() {
    case ${1:-} in
        --help | -h) usage; exit 0 ;;
        dev | qa | prod) STAGE=$1 ;;
        *) usage >&2; exit 2 ;;
    esac
    ROOT=$PWD
    export AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
    export AWS_DEFAULT_REGION=$AWS_REGION
    export PATH=$ROOT/.venv/bin:$PATH
    case "${2:-} $#" in
        " 1") steps=(validate security tests account data functions aliases workflow dashboard smoke) ;;
        "--lambda-only 2") steps=(validate account functions aliases smoke) ;;
        "--frontend-only 2") steps=(dashboard) ;;
        "--validate-only 2") steps=(validate) ;;
        *) usage >&2; exit 2 ;;
    esac
    for step in "${steps[@]}"; do
        echo "== $step ($STAGE)"
        "step_$step"
    done
    echo "== done ($STAGE)"
}

step_validate() {
    make --no-print-directory check
    make --no-print-directory package "STAGE=$STAGE"
    cfn-lint infrastructure/*.yaml "build/package/$STAGE/sam.json"
}

# The packaged policies, the hashes of the locks, the import contracts, and the security rules of the linter.
step_security() {
    ruff check --select S .
    make --no-print-directory test "ARGS=tests/architecture"
}

step_tests() {
    make --no-print-directory test
}

step_account() {
    aws sts get-caller-identity --query Account --output text
}

# Only the stage that recovers production demands a second factor of everyone who signs in.
step_data() {
    local mfa=OPTIONAL
    if [ "$STAGE" = prod ]; then
        mfa=ON
    fi
    aws cloudformation deploy --stack-name "$APP-data-$STAGE" --template-file infrastructure/data.yaml \
        --parameter-overrides "Stage=$STAGE" "Mfa=$mfa" --no-fail-on-empty-changeset \
        --tags "application=$APP" "stage=$STAGE"
}

# From a clean copy, because everything under chalicelib/ is packaged. The artifact bucket keeps Chalice's record of what
# it has deployed; without that file Chalice would create a second API.
step_functions() {
    local copy bucket remembered state=.chalice/deployed/$STAGE.json
    bucket=$(output_of data ArtifactBucket)
    USER_POOL_ARN=$(output_of data UserPoolArn)
    USER_POOL_CLIENT_ID=$(output_of data UserPoolClientId)
    export USER_POOL_ARN USER_POOL_CLIENT_ID
    copy=$(mktemp -d)
    # shellcheck source=scripts/clean_copy.sh
    source scripts/clean_copy.sh
    clean_copy "$copy"
    python -m scripts.chalice_config --deploy "$copy"
    mkdir -p "$copy/.chalice/deployed" .chalice/deployed
    remembered=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix "chalice/$STAGE.json" --query 'Contents[].Key' --output text)
    if [ "$remembered" = "chalice/$STAGE.json" ]; then
        aws s3 cp --only-show-errors "s3://$bucket/chalice/$STAGE.json" "$copy/$state"
    fi
    # The cursors that clients hold stay valid: the key in use is kept beside the new one.
    CURSOR_KEYS=$(keys_in_use) python -m scripts.cursor_keys "$copy/.chalice/config.json" "$STAGE"
    (
        cd "$copy"
        PYTHONDONTWRITEBYTECODE=1 chalice deploy --stage "$STAGE"
    )
    aws s3 cp --only-show-errors "$copy/$state" "s3://$bucket/chalice/$STAGE.json"
    cp "$copy/$state" "$state"
    set_gateway_responses "$copy"
    rm -rf "$copy"
}

# The answers of API Gateway itself take effect with the next deployment of the API.
set_gateway_responses() {
    local api file
    api=$(of_rest_api rest_api_id)
    mkdir "$1/gateway-responses"
    python -m scripts.gateway_responses inputs "$STAGE" "$api" "$1/gateway-responses"
    for file in "$1"/gateway-responses/*.json; do
        aws apigateway put-gateway-response --cli-input-json "file://$file" >/dev/null
    done
    aws apigateway create-deployment --rest-api-id "$api" --stage-name api >/dev/null
}

# Nothing before the first deployment, when there is no function yet.
keys_in_use() {
    aws lambda get-function-configuration --function-name "$APP-query-handler-$STAGE" \
        --query Environment.Variables.CURSOR_KEYS --output text 2>/dev/null || true
}

# The state machine calls the alias `workflow`, and the REST function calls the alias `rest`; no other identity may invoke
# these two. People and pipelines call `live`. A rollback only moves aliases.
step_aliases() {
    local handler name version
    for handler in query-handler execution-handler data-management-handler; do
        name=$APP-$handler-$STAGE
        aws lambda wait function-updated-v2 --function-name "$name"
        version=$(aws lambda publish-version --function-name "$name" --query Version --output text)
        point_alias "$name" live "$version"
        if [ "$handler" != query-handler ]; then
            point_alias "$name" rest "$version"
        fi
        point_alias "$name" workflow "$version"
    done
}

point_alias() {
    local verb=create-alias
    if aws lambda get-alias --function-name "$1" --name "$2" >/dev/null 2>&1; then
        verb=update-alias
    fi
    aws lambda "$verb" --function-name "$1" --name "$2" --function-version "$3" >/dev/null
    echo "$1: $2 is version $3"
}

# Uploads a definition under a key that carries its hash, and prints the key.
upload_definition() {
    local key
    key=workflow/$(python -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$2").json
    aws s3 cp --only-show-errors "$2" "s3://$1/$key"
    echo "$key"
}

step_workflow() {
    local bucket key inventory_key
    bucket=$(output_of data ArtifactBucket)
    key=$(upload_definition "$bucket" statemachine/dr_orchestration.asl.json)
    inventory_key=$(upload_definition "$bucket" statemachine/inventory_sync.asl.json)
    aws cloudformation deploy --stack-name "$APP-$STAGE" --template-file infrastructure/workflow.yaml \
        --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --tags "application=$APP" "stage=$STAGE" \
        --parameter-overrides "Stage=$STAGE" "DefinitionBucket=$bucket" "DefinitionKey=$key" \
        "InventoryDefinitionKey=$inventory_key" \
        "AuditStreamArn=$(output_of data AuditStreamArn)" "TimelineStreamArn=$(output_of data TimelineStreamArn)"
}

step_dashboard() {
    echo "The dashboard is not deployed to AWS yet, so this step deployed nothing."
}

step_smoke() {
    local answer url
    answer=$(mktemp)
    aws lambda invoke --function-name "$APP-query-handler-$STAGE:live" --cli-binary-format raw-in-base64-out \
        --payload '{"operation": "health"}' "$answer" >/dev/null
    if ! grep -q '"statusCode": *200' "$answer"; then
        echo "The smoke test failed: query-handler did not answer health with status 200: $(cat "$answer")" >&2
        return 1
    fi
    rm -f "$answer"
    url=$(of_rest_api rest_api_url)
    curl --fail --silent --show-error --max-time 30 "${url%/}/health"
    echo
}

# A fact about the REST API that Chalice has deployed.
of_rest_api() {
    python -c '
import json, sys
resources = json.load(open(sys.argv[1]))["resources"]
print(next(entry[sys.argv[2]] for entry in resources if entry["resource_type"] == "rest_api"))
' ".chalice/deployed/$STAGE.json" "$1"
}

output_of() {
    aws cloudformation describe-stacks --stack-name "$APP-$1-$STAGE" \
        --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" --output text
}

main "$@"
