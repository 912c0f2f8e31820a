#!/bin/sh
# network.sh FOLDER [COMMAND]: installs the portrait network MODNet for the user who runs this, with the program in the
# virtual environment FOLDER; COMMAND is the command with which that user starts the program later. The network comes from
# pip's index, and its SHA-256 is checked (config/settings/matting_models.toml). Everything works without it, so a failed
# download only prints the reason and how to install it later.
set -u
here=$(cd "$(dirname "$0")" && pwd)
zhengguan=$1/bin/zhengguan
later=${2:-$zhengguan}

"$here/with_progress.sh" "Installing the portrait network MODNet (Apache-2.0, a download of 42 MB)" - \
    timeout 900 "$zhengguan" photo models install modnet --language en ||
    printf '%s\n' "Continuing without it: portraits are made all the same, with less exact loose hair. To install it later:" \
        "  $later photo models install modnet"
exit 0
