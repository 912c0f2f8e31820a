#!/bin/sh
# install.sh LOCK [FOLDER]: makes the virtual environment FOLDER (.venv) with the packages of LOCK.txt and this checkout in it.
# Only wheels whose hashes are in the lock file are installed; nothing is built from source but this project itself.
# Byte code is written when a module is first imported, which saves 140 MB for unused modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
lock=$here/$1.txt
folder=${2:-$source/.venv}

[ -x "$folder/bin/python" ] || "${PYTHON:-python3}" -m venv "$folder"
cat >"$folder/install-packages" <<END
"$folder/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --no-compile --only-binary :all: \\
    --require-hashes --requirement "$lock"
"$folder/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --no-index --no-build-isolation \\
    --editable "$source"
END
"$here/../with_progress.sh" "Installing the Python packages of $1.txt into $folder" "$folder" sh -eu "$folder/install-packages"
rm -f "$folder/install-packages"
