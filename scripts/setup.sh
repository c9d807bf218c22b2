#!/usr/bin/env bash
# Makes .venv from the hash-locked requirements, and build/wheelhouse with what packaging installs.
# Needs nothing but Python 3.11 or newer. Does nothing when both match the locks already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENV=.venv
readonly WHEELHOUSE=build/wheelhouse
readonly OLDEST="3, 11"

find_python() {
    local candidate candidates=(python3 python3.14 python3.13 python3.12 python3.11 python)
    if [ -n "${PYTHON:-}" ]; then
        candidates=("$PYTHON")
    fi
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info < ($OLDEST))" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    cat >&2 <<MESSAGE
Python 3.11 or newer is needed, and ${PYTHON:-the PATH} does not have it (python3 here: $(python3 --version 2>&1 || true)).
Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13),
or name it: make setup PYTHON=/path/to/python3.11
MESSAGE
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    if ! "$python" -m venv "$VENV"; then
        rm -rf "$VENV"
        echo "The virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv" >&2
        return 1
    fi
}

install_locked() {
    local stamp=$VENV/.installed-locks
    if cat requirements.txt requirements-dev.txt | cmp -s - "$stamp"; then
        return
    fi
    echo "Installing the locked requirements into $VENV (about a minute) ..."
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
    cat requirements.txt requirements-dev.txt >"$stamp"
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
    local download=("$VENV/bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes
        --only-binary=:all: --no-deps -r requirements.txt --dest "$WHEELHOUSE")
    "${download[@]}"
    "${download[@]}" --platform manylinux2014_x86_64 --implementation cp --python-version "$version"
    { echo "# python $version"; cat requirements.txt; } >"$stamp"
}

[ -x "$VENV/bin/python" ] || make_venv
install_locked
fill_wheelhouse
