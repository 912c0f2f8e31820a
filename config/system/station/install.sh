#!/bin/sh
# Makes a station of a fresh Debian 12 computer, or brings one up to date:  sudo config/system/station/install.sh
#   --dry-run        say what would be done, and do nothing
#   --rollback       back to the release that ran before this one
#   --release NAME   call this release so; otherwise by version and commit
#   --root DIR       lay the files under DIR instead of /, without users, packages and services (to look at them)
# Running it again does only what is missing. Each release lies beside the others in /opt/zhengguan/releases and
# `current` points at one; settings are in /etc/zhengguan and photos in /var/lib/zhengguan, which no release touches.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
root="" dry="" rollback="" release="" done_steps=0

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=yes ;;
        --rollback) rollback=yes ;;
        --release) shift; release=${1:?--release needs a name} ;;
        --root) shift; root=${1:?--root needs a folder} ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

opt=$root/opt/zhengguan
data=$root/var/lib/zhengguan
settings=$root/etc/zhengguan

# step WHAT COMMAND...: says it, and does it unless this is a dry run.
step() {
    what=$1; shift
    done_steps=$((done_steps + 1))
    if [ "$dry" ]; then say "would: $what"; else say "$what"; "$@"; fi
}

# place FILE TARGET MODE: copies the file where it is missing or differs.
place() {
    target=$root$2
    if ! cmp -s "$1" "$target" || [ "$(stat -c %a "$target")" != "$3" ]; then
        step "write $2" install -D -m "$3" "$1" "$target"
        changed=yes
    fi
}

point() { # point LINK TARGET, in one move, so that there is always a current release
    ln -s "$2" "$1.new"
    mv -T "$1.new" "$1"
}

on_this_machine() { [ -z "$root" ]; }

name_of_release() {
    version=$(sed -n 's/^ *version="\(.*\)",$/\1/p' "$source/setup.py")
    commit=$(git -c safe.directory="$source" -C "$source" rev-parse --short HEAD 2>/dev/null || echo local)
    say "$version-$commit"
}

check_machine() {
    on_this_machine || return 0
    . /etc/os-release
    [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] ||
        say "This is ${PRETTY_NAME:-no Debian}; the script was made for Debian 12. It goes on."
    [ "$dry" ] || [ "$(id -u)" = 0 ] || fail "Please run this as an administrator: sudo $0"
}

packages() {
    on_this_machine || return 0
    missing=""
    for package in $(cat "$here/packages.txt" "$here/../run.txt"); do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    step "install the Debian packages:$missing" install_packages $missing
}

install_packages() {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --no-install-recommends -y -qq "$@" >/dev/null
}

user() {
    on_this_machine || return 0
    id zhengguan >/dev/null 2>&1 ||
        step "make the user zhengguan" \
            useradd --system --user-group --home-dir /var/lib/zhengguan --shell /usr/sbin/nologin zhengguan
    for group in video dialout lp input; do
        id -nG zhengguan 2>/dev/null | tr ' ' '\n' | grep -qx "$group" ||
            step "let zhengguan use the devices of the group $group" usermod --append --groups "$group" zhengguan
    done
}

folders() {
    [ -d "$data" ] || step "make /var/lib/zhengguan for the photos" make_data
    [ -f "$settings/station.toml" ] ||
        step "write /etc/zhengguan/station.toml, to be changed by you" \
            install -D -m 644 "$here/station.toml" "$settings/station.toml"
}

make_data() {
    mkdir -p -m 700 "$data"
    on_this_machine && chown zhengguan:zhengguan "$data"
    return 0
}

install_release() {
    [ -n "$release" ] || release=$(name_of_release)
    if [ ! -f "$opt/releases/$release/complete" ]; then
        step "install the programme as release $release (some minutes)" make_release "$opt/releases/$release"
    fi
    now=$(readlink "$opt/current" || true)
    [ "$now" = "releases/$release" ] || step "make $release the current release" switch "$now"
}

make_release() {
    rm -rf "$1"
    mkdir -p "$1"
    if on_this_machine; then
        python3 -m venv "$1"
        # From a copy: building leaves files behind, which must not get into the next release.
        copy=$(mktemp -d)
        tar -C "$source" --exclude=./.venv --exclude=./.git --exclude=./build -cf - . | tar -C "$copy" -xf -
        "$1/bin/pip" install --quiet --disable-pip-version-check "$copy[kiosk,dslr,documents]"
        rm -rf "$copy"
    fi
    install -m 755 "$here/session" "$1/session"
    install -m 644 "$source/config/station.toml" "$1/settings.toml"
    touch "$1/complete" # a release cut short by a power cut is made anew
}

switch() {
    keep_outbox
    [ -z "$1" ] || point "$opt/previous" "$1"
    point "$opt/current" "releases/$release"
    changed=yes
}

keep_outbox() { # a newer release may change its tables; what waits to be sent must survive that
    [ -f "$data/outbox.db" ] || return 0
    on_this_machine && systemctl stop zhengguan-kiosk 2>/dev/null || true
    for part in outbox.db outbox.db-wal; do
        [ ! -f "$data/$part" ] || cp -p "$data/$part" "$data/$part.before-$release"
    done
}

files() {
    place "$here/70-zhengguan.rules" /etc/udev/rules.d/70-zhengguan.rules 644
    place "$here/zhengguan-kiosk.service" /etc/systemd/system/zhengguan-kiosk.service 644
    place "$here/10-zhengguan.conf" /etc/X11/xorg.conf.d/10-zhengguan.conf 644
    place "$here/Xwrapper.config" /etc/X11/Xwrapper.config 644
    place "$here/logind.conf" /etc/systemd/logind.conf.d/zhengguan.conf 644
    place "$here/journald.conf" /etc/systemd/journald.conf.d/zhengguan.conf 644
}

services() {
    on_this_machine || return 0
    [ -d /run/systemd/system ] || { say "systemd does not run here; the services are left alone."; return 0; }
    if [ "$changed" ]; then
        step "let udev and systemd read their files again" reload
    fi
    for target in sleep.target suspend.target hibernate.target hybrid-sleep.target; do
        [ "$(systemctl is-enabled $target 2>/dev/null || true)" = masked ] ||
            step "never sleep: mask $target" systemctl --quiet mask $target
    done
    [ "$(systemctl get-default)" = multi-user.target ] ||
        step "start without a desktop" systemctl --quiet set-default multi-user.target
    for unit in systemd-timesyncd zhengguan-kiosk; do
        systemctl --quiet is-enabled $unit 2>/dev/null || step "start $unit with the computer" systemctl --quiet enable $unit
    done
    if [ "$changed" ] || ! systemctl --quiet is-active zhengguan-kiosk; then
        step "start the kiosk" systemctl restart zhengguan-kiosk
    fi
}

reload() {
    udevadm control --reload
    udevadm trigger --subsystem-match=usb --subsystem-match=video4linux --subsystem-match=tty
    systemctl daemon-reload
}

roll_back() {
    before=$(readlink "$opt/previous" || true)
    [ -n "$before" ] && [ -f "$opt/$before/complete" ] || fail "There is no earlier release to go back to."
    now=$(readlink "$opt/current")
    release=${before#releases/}
    step "go back from ${now#releases/} to $release" switch "$now"
}

changed=""
check_machine
if [ "$rollback" ]; then
    roll_back
else
    packages
    user
    folders
    files
    install_release
fi
services

if [ "$done_steps" = 0 ]; then
    say "This station is up to date: $(readlink "$opt/current")."
elif [ "$dry" ]; then
    say "Nothing was changed. Without --dry-run these $done_steps steps are carried out."
else
    say "Done. Look it over with: sudo -u zhengguan /opt/zhengguan/current/bin/zhengguan-station check"
fi
