#!/usr/bin/env bash
# Makes .venv from the hash-locked requirements. Does nothing when it matches the locks already.
#
#   scripts/setup.sh demo   what the demonstration and the local cloud need
#   scripts/setup.sh dev    what the checks need too
#   scripts/setup.sh all    the same, and build/wheelhouse with what packaging installs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENV=.venv
readonly WHEELHOUSE=build/wheelhouse
readonly OLDEST="3, 11"
# A fixed piece of work in pure Python; prints the version, and the microseconds of the fastest of 30 runs.
readonly SPEED_TEST='
import ast, ensurepip, sys, time, venv

source = ast.parse("def double(numbers):\n    return [2 * number for number in numbers if number > 1]\n" * 100)

def measured():
    begun = time.process_time()
    ast.unparse(source)
    return time.process_time() - begun

print("%d.%d" % sys.version_info[:2], int(1e6 * min(measured() for _ in range(30))))'
# What each takes on the disk while it is installed, in MB.
readonly DEMO_SIZE=300 DEV_SIZE=800

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

find_python() {
    local candidate candidates=(python3 python3.14 python3.13 python3.12 python3.11 python)
    if [ -n "${PYTHON:-}" ]; then
        candidates=("$PYTHON")
    fi
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info < ($OLDEST))" >/dev/null 2>&1; then
            if [ -z "${PYTHON:-}" ]; then
                candidate=$(fastest_like "$candidate")
            fi
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and ${PYTHON:-the PATH} does not have it (python3 here: $(python3 --version 2>&1 || true))." \
        "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13)," \
        "or name it: make setup PYTHON=/path/to/python3.11"
}

# A Python of the same version on the PATH that is clearly faster, if there is one. Debian's own is built with
# profile-guided optimisation; one that pyenv has compiled without it needs up to half as much time again. They are
# measured in turns: a machine that does other things meanwhile is slow for one of them.
fastest_like() {
    local version candidates path number found took times=() fastest=0 least
    read -r version _ < <(measure "$1") || true
    if [ -z "$version" ]; then
        echo "$1"
        return
    fi
    candidates=("$1")
    while read -r path; do
        is_known "$path" "$(type -P "$1")" "${candidates[@]}" || candidates+=("$path")
    done < <(type -aP python3 "python$version")
    for _ in 1 2 3; do
        for number in "${!candidates[@]}"; do
            read -r found took < <(measure "${candidates[number]}") || continue
            if [ "$found" = "$version" ] && [ "$took" -lt "${times[number]:-$((took + 1))}" ]; then
                times[number]=$took
            fi
        done
    done
    least=$((times[0] * 9 / 10))
    for number in "${!times[@]}"; do
        if [ "${times[number]}" -lt "$least" ]; then
            fastest=$number least=${times[number]}
        fi
    done
    echo "${candidates[fastest]}"
}

# Whether a path is one of others by another name.
is_known() {
    local path=$1 known
    shift
    for known in "$@"; do
        if [ "$path" -ef "$known" ]; then
            return 0
        fi
    done
    return 1
}

# Prints what SPEED_TEST prints; nothing for a Python that cannot make a virtual environment.
measure() {
    "$1" -c "$SPEED_TEST" 2>/dev/null
}

# Without pip: it takes seconds, and uv needs none.
make_venv() {
    local python
    python=$(find_python)
    if ! "$python" -m venv --without-pip "$VENV" >/dev/null; then
        rm -rf "$VENV"
        fail_without_venv
    fi
}

fail_without_venv() {
    fail "The virtual environment could not be made: this Python lacks venv or ensurepip." \
        "Debian and Ubuntu: apt-get install python3-venv. Then repeat the command."
}

require_space() {
    local needed=$1 free
    free=$(df -Pk . | awk 'NR == 2 {print int($4 / 1024)}')
    if [ "$free" -lt "$needed" ]; then
        fail_without_space "$needed" "$free MB are free"
    fi
}

fail_without_space() {
    fail "There is not enough disk space for the packages: about $1 MB are needed in $PWD, and $2." \
        "Free some (also in ${TMPDIR:-/tmp}, where packages are unpacked), then repeat the command."
}

# uv where it is installed, because it is several times faster; pip where it is not, and where uv fails: what pip is
# configured with (an index, a proxy, a certificate) is unknown to uv. The hashes hold either way.
install_locked() {
    local lock=requirements-$1.txt size=$2 words=$3
    if cmp -s "$lock" "$VENV/.installed-$1"; then
        return
    fi
    require_space "$size"
    echo "Installing $words into $VENV ..."
    if ! install_with_uv "$lock"; then
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null 2>&1 || fail_without_venv
        # The lock is complete, and modules are compiled when they are first used, or all at once below.
        run_pip "$size" install --require-hashes --no-deps --no-compile -r "$lock"
    fi
    if [ "$1" = dev ]; then
        # On every core. Otherwise warnings about the source of packages would appear in the tests that use them first.
        "$VENV/bin/python" -W ignore -m compileall -qq -j 0 "$VENV/lib" >/dev/null 2>&1 || true
        cp requirements-demo.txt "$VENV/.installed-demo"
    fi
    cp "$lock" "$VENV/.installed-$1"
}

install_with_uv() {
    command -v uv >/dev/null 2>&1 &&
        uv pip install --quiet --python "$VENV/bin/python" --require-hashes --no-deps -r "$1" >/dev/null 2>&1
}

# Says what to do when pip fails. Its warnings are shown only then.
run_pip() {
    local size=$1 log
    shift
    log=$(mktemp) || fail_without_space "$size" "${TMPDIR:-/tmp} cannot be written"
    if "$VENV/bin/python" -m pip "$@" --quiet --disable-pip-version-check >"$log" 2>&1; then
        rm -f "$log"
        return
    fi
    if grep -q "No space left on device" "$log"; then
        rm -f "$log"
        fail_without_space "$size" "the disk is full"
    fi
    { grep "^ERROR" "$log" || cat "$log"; } | tail -n 5 >&2
    if grep -q "DO NOT MATCH THE HASHES" "$log"; then
        rm -f "$log"
        fail "The package index delivered something else than what is locked, so that nothing of it was installed." \
            "Look at the index (pip config list), and repeat the command with PIP_NO_CACHE_DIR=1."
    fi
    rm -f "$log"
    fail "The packages could not be installed; the lines above are pip's. Most often pip cannot reach its package index." \
        "Connect to the network, or name what your network uses: PIP_INDEX_URL=https://... for an index of your own," \
        "HTTPS_PROXY=http://... for a proxy, PIP_CERT=/path/to/ca.pem for its certificate. Then repeat the command."
}

# The wheels of the Lambda layer, downloaded once with their hashes checked; packaging then needs no network.
# Chalice asks pip first for this machine's wheels and then for Lambda's, so both kinds are kept.
fill_wheelhouse() {
    local stamp=$WHEELHOUSE/.lock version
    version=$("$VENV/bin/python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
    if { echo "# python $version"; cat requirements.txt; } | cmp -s - "$stamp"; then
        return
    fi
    echo "Downloading the Lambda layer's wheels into $WHEELHOUSE ..."
    rm -rf "$WHEELHOUSE"
    mkdir -p "$WHEELHOUSE"
    local download=(download --require-hashes --only-binary=:all: --no-deps -r requirements.txt --dest "$WHEELHOUSE")
    run_pip "$DEV_SIZE" "${download[@]}"
    run_pip "$DEV_SIZE" "${download[@]}" --platform manylinux2014_x86_64 --implementation cp --python-version "$version"
    { echo "# python $version"; cat requirements.txt; } >"$stamp"
}

# The packages of the dashboard, which also make the TypeScript client of one test. Without npm, both are left out.
fetch_dashboard() {
    local home=dashboard
    if ! command -v npm >/dev/null 2>&1 || cmp -s $home/package-lock.json $home/node_modules/.installed; then
        return
    fi
    echo "Installing the packages of the dashboard into $home/node_modules ..."
    if npm ci --prefix $home --no-audit --no-fund --silent; then
        cp $home/package-lock.json $home/node_modules/.installed
    else
        echo "They could not be fetched. The dashboard and its tests are left out, or fail where CI is true." >&2
    fi
}

case ${1:-all} in
    demo | dev | all) ;;
    dashboard) fetch_dashboard && exit ;;
    *) fail "usage: scripts/setup.sh demo | dev | all | dashboard" ;;
esac
[ -x "$VENV/bin/python" ] || make_venv
if [ "${1:-all}" = demo ]; then
    install_locked demo "$DEMO_SIZE" "the packages of the demonstration"
else
    install_locked dev "$DEV_SIZE" "every package"
fi
if [ "${1:-all}" = all ]; then
    fill_wheelhouse
    fetch_dashboard
fi
