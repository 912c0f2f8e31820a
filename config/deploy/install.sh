#!/bin/sh
# Installs the Debian packages in the given lists with apt; without the permission it prints the command to run.
set -eu
here=$(dirname "$0")

needed=""
for list in "$@"; do
    for package in $(cat "$here/$list.txt"); do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || needed="$needed $package"
    done
done
# Debian's Python comes without ensurepip; others include it.
"${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || needed="$needed python3-venv"
[ -n "$needed" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "These system packages are missing, and only an administrator can install them. Please run once:" >&2
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends -y$needed" >&2
    exit 1
fi
"$here/with_progress.sh" "Reading Debian's package lists" - $as_root apt-get update -qq
# sudo does not pass variables on, so `env` sets the one that prevents questions of apt.
# shellcheck disable=SC2086
"$here/with_progress.sh" "Installing system packages:$needed" - \
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --no-install-recommends -y -qq $needed
