#!/usr/bin/env bash
# The dashboard's tools. Without Node each says so once and goes on; where CI is true that is a failure.
#
#   scripts/dashboard.sh types       the types of the API, from the code of the API
#   scripts/dashboard.sh build       dashboard/dist, when it is older than its sources
#   scripts/dashboard.sh check       format, lint, types, and the size of the first page
#   scripts/dashboard.sh test        vitest
#   scripts/dashboard.sh for-demo    installs and builds it if a person is going to look at it; never fails
#   scripts/dashboard.sh develop     a local cloud, and the development server with reload
#   scripts/dashboard.sh --possible  says nothing; whether the tools are there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly HOME_OF=dashboard API=dashboard/src/api/generated TOOLS=dashboard/node_modules/.bin
PYTHON=.venv/bin/python

missing() {
    if ! command -v node >/dev/null 2>&1; then
        echo "Node is missing"
    elif ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'; then
        echo "Node $(node --version) is too old"
    elif [ ! -d dashboard/node_modules ]; then
        echo "the dashboard's packages are not installed"
    fi
}

require_tools() {
    local what
    what=$(missing)
    if [ -n "$what" ]; then
        echo "The dashboard was left out: $what. Install Node 20.19 or newer with npm, then run \`make setup\`." >&2
        [ "${CI:-}" = true ] && exit 1
        exit 0
    fi
}

types() {
    "$PYTHON" -m scripts.dashboard_api $API
    if [ ! $API/schema.d.ts -nt $API/openapi.json ]; then
        $TOOLS/openapi-typescript $API/openapi.json -o $API/schema.d.ts >/dev/null
        touch $API/schema.d.ts
    fi
}

# Built beside and then moved, so that a page that is served meanwhile is whole.
build() {
    local built=dashboard/dist/index.html
    if [ -e $built ] && [ -z "$(find dashboard -path dashboard/node_modules -prune -o -path dashboard/dist -prune -o -type f -newer $built -print -quit)" ]; then
        return
    fi
    (cd $HOME_OF && node_modules/.bin/vite build --logLevel warn --outDir dist.new)
    rm -rf dashboard/dist
    mv dashboard/dist.new dashboard/dist
    touch $built
}

# The demonstration says itself what is missing, and works without the dashboard.
for_demo() {
    case " $* " in *" --exit "* | *" --json "* | *" --help "* | *" -h "*) return ;; esac
    command -v npm >/dev/null 2>&1 || return 0
    scripts/setup.sh dashboard
    [ -z "$(missing)" ] || return 0
    [ -e dashboard/dist/index.html ] || echo "Building the dashboard ..."
    (types && build) || echo "The dashboard could not be built. The demonstration goes on without it." >&2
}

# The browser is opened when the cloud answers: a page that comes sooner could only say that it cannot start.
develop() {
    local port=${DASHBOARD_PORT:-4600} log=build/dashboard-cloud.log cloud=
    local url=http://127.0.0.1:$port
    mkdir -p build
    trap '[ -z "$cloud" ] || kill "$cloud" 2>/dev/null' EXIT
    echo "Starting the local cloud; what it says is in $log ..."
    "$PYTHON" -m local --dashboard-port "$port" >$log 2>&1 &
    cloud=$!
    until answers "$url/api/health"; do
        kill -0 $cloud 2>/dev/null || { tail -n 3 $log >&2; exit 1; }
        sleep 0.5
    done
    echo "It is ready. People who can sign in, with their passwords: build/local/state.json. Ctrl-C stops both."
    (cd $HOME_OF && DASHBOARD_CLOUD=$url node_modules/.bin/vite --open)
}

answers() {
    "$PYTHON" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$1" 2>/dev/null
}

case ${1:-} in
    --possible) [ -z "$(missing)" ] ;;
    types) require_tools && types ;;
    build) require_tools && types && build ;;
    check)
        require_tools
        types
        build
        (cd $HOME_OF && node_modules/.bin/biome check . && npm run --silent types && npm run --silent size)
        ;;
    test) require_tools && types && (cd $HOME_OF && node_modules/.bin/vitest run) ;;
    for-demo) shift && for_demo "$@" ;;
    develop) require_tools && types && develop ;;
    *)
        echo "usage: scripts/dashboard.sh types | build | check | test | for-demo | develop | --possible" >&2
        exit 2
        ;;
esac
