# shellcheck shell=bash
# To be sourced. clean_copy DIRECTORY copies what Chalice packages, without caches, and builds its compiled packages;
# also what changes Chalice itself, which is not packaged.
# Afterwards pip finds wheels only in build/wheelhouse, whose hashes were checked.
clean_copy() {
    local target=$1
    mkdir -p "$target/.chalice" "$target/scripts"
    cp app.py requirements.txt "$target/"
    cp -R chalicelib "$target/"
    cp scripts/__init__.py scripts/chalice_command.py scripts/chalice_names.py "$target/scripts/"
    cp -R .chalice/config.json .chalice/policies "$target/.chalice/"
    find "$target" -name __pycache__ -type d -prune -exec rm -rf {} +
    export PIP_NO_INDEX=1 PIP_FIND_LINKS="$PWD/build/wheelhouse" PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
    .venv/bin/python -m scripts.compiled_packages "$target"
}
