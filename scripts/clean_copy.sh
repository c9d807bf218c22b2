# shellcheck shell=bash
# Sourced. clean_copy DIRECTORY: copies there what Chalice packages, without caches.
clean_copy() {
    local target=$1
    mkdir -p "$target/.chalice"
    cp app.py requirements.txt "$target/"
    cp -R chalicelib "$target/"
    cp -R .chalice/config.json .chalice/policies "$target/.chalice/"
    find "$target" -name __pycache__ -type d -prune -exec rm -rf {} +
}
