#!/bin/sh
# Makes .venv with the locked dependencies and this project in it. Installs what Debian lacks when root; otherwise says
# the one command that does. Does nothing when the environment is already that of the lock.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.set-up
wanted=$(cat requirements-dev.lock pyproject.toml | sha256sum)
if [ -x .venv/bin/cpas-onem ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $* (Debian)"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        echo "Missing: $*. Run:  sudo apt-get update && sudo apt-get install -y $*" >&2
        exit 1
    fi
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ]; then
    install python3 python3-venv
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "Python 3.11 or newer is needed; this system's python3 is older." >&2
        exit 1
    fi
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || install python3-venv

echo "Setting up .venv (locked dependencies, a minute or two the first time)"
[ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
printf '%s' "$wanted" >"$stamp"
