# shellcheck shell=bash
# To be sourced, in the directory of the repository. run_module NAME ARGUMENTS becomes that module, in the virtual environment.
run_module() {
    if [ ! -x .venv/bin/python ]; then
        echo "Run \`make setup\` first: it makes .venv with the locked packages." >&2
        exit 2
    fi
    exec .venv/bin/python -m "$@"
}
