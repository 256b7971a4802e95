#!/bin/sh
# Writes the three lock files from pyproject.toml: exact versions and hashes, no addresses. Needs `uv` on the PATH.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile pyproject.toml "$@" --quiet --generate-hashes --universal --python-version 3.11 \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links
}
compile --output-file requirements.lock
compile --extra dev --output-file requirements-dev.lock
compile --extra mutants --output-file requirements-mutants.lock
