#!/bin/sh
# Makes a station of a fresh Debian 12 computer, or brings one up to date:  sudo config/system/station/install.sh
#   --dry-run        say what would be done, and do nothing
#   --rollback       back to the release that ran before this one
#   --release NAME   call this release so; otherwise by version and commit
#   --seal-key       encrypt the station's key with systemd-creds (with the TPM where there is one), so that a disk that
#                    was taken out of this computer opens no photo; for the rest see "A stolen station" in hardware/README.md
#   --root DIR       lay the files under DIR instead of /, without users, packages and services (to look at them)
# Running it again does only what is missing. Each release lies beside the others in /opt/zhengguan/releases and
# `current` points at one; settings are in /etc/zhengguan and photos in /var/lib/zhengguan, which no release touches.
# The current release and the one before it are kept, older ones are removed.
set -eu
umask 022 # the kiosk's user must be able to read what an administrator with a stricter one writes

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
root="" dry="" rollback="" release="" done_steps=0 changed="" copy="" stopped="" seal=""

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=yes ;;
        --rollback) rollback=yes ;;
        --seal-key) seal=yes ;;
        --release) shift; release=${1:?--release needs a name} ;;
        --root) shift; root=${1:?--root needs a folder} ;;
        *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

case $release in # it becomes a folder's name, and the first line of every programme in it
    [!A-Za-z0-9]* | *[!A-Za-z0-9._+-]*) fail "A release is called by letters, digits, dots and hyphens, not: $release" ;;
esac

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
    ln -sfn "$2" "$1.new" # one may lie there since the power went
    mv -T "$1.new" "$1"
}

on_this_machine() { [ -z "$root" ]; }

alone() { # two runs at once would lay one release over the other
    [ -z "$dry" ] || return 0
    mkdir -p "$opt"
    exec 9>"$opt/.install.lock"
    flock -n 9 || fail "Another installation runs at this moment; please wait for it."
}

clear_up() { # however the script ends: nothing lies about, and a kiosk that was stopped for it runs again
    [ -z "$copy" ] || rm -rf "$copy"
    [ -z "$stopped" ] || systemctl --no-block start zhengguan-kiosk || true
}

name_of_release() {
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml")
    say "$version-$(commit || contents)"
}

commit() { # fails where the files are not those of a commit
    [ -z "$(git_here status --porcelain 2>/dev/null || echo none)" ] && git_here rev-parse --short HEAD
}

git_here() { git -c safe.directory="$source" -C "$source" "$@"; }

contents() { # so that changed files are another release, also where they came without git
    (cd "$source" && find . \( -name .git -o -name .venv -o -name build -o -name __pycache__ \) -prune -o -type f -print0 |
        sort -z | xargs -0 sha256sum | sha256sum | cut -c1-10)
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
    "$here/../with_progress.sh" "read Debian's package lists" - apt-get update -qq
    "$here/../with_progress.sh" "download and unpack" - env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install --no-install-recommends -y -qq "$@"
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
    has_data || step "make /var/lib/zhengguan for the photos" make_data
    [ -f "$settings/station.toml" ] ||
        step "write /etc/zhengguan/station.toml, to be changed by you" \
            install -D -m 644 "$here/station.toml" "$settings/station.toml"
}

has_data() {
    [ -d "$data" ] && { ! on_this_machine || [ "$(stat -c %U "$data")" = zhengguan ]; }
}

make_data() {
    mkdir -p "$data"
    chmod 700 "$data"
    ! on_this_machine || chown zhengguan:zhengguan "$data"
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
        install_packages_of_release "$1"
        rm -rf "$copy"
        copy=""
    fi
    install -m 755 "$here/session" "$1/session"
    install -m 755 "$here/stop" "$1/stop"
    install -m 644 "$source/config/station.toml" "$1/settings.toml"
    ! on_this_machine || sync
    touch "$1/complete" # a release cut short by a power cut is made anew
}

install_packages_of_release() {
    "$here/../with_progress.sh" "install the Python packages, each checked against its hash" "$1" \
        "$1/bin/pip" install --disable-pip-version-check --no-input --no-cache-dir --no-deps --no-compile \
        --only-binary :all: --require-hashes --requirement "$here/../python/station.txt"
    # Building runs code of the source tree, so it runs as the kiosk's user; root installs the finished wheel.
    chown -R zhengguan:zhengguan "$copy"
    "$here/../with_progress.sh" "build the programme" - runuser -u zhengguan -- env HOME="$copy" \
        "$1/bin/pip" wheel --disable-pip-version-check --no-cache-dir --no-deps --no-index --no-build-isolation \
        --wheel-dir "$copy/wheel" "$copy"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-index --no-compile \
        "$copy"/wheel/*.whl
}

switch() {
    keep_outbox
    [ -z "$1" ] || point "$opt/previous" "$1"
    point "$opt/current" "releases/$release"
    changed=yes
}

keep_outbox() { # a newer release may change its tables; what waits to be sent must survive that
    [ -f "$data/outbox.db" ] || return 0
    stop_kiosk
    for part in "" -wal; do
        [ ! -f "$data/outbox.db$part" ] || cp -p "$data/outbox.db$part" "$data/outbox.db.before-$release$part"
    done
}

stop_kiosk() {
    on_this_machine && systemctl --quiet is-active zhengguan-kiosk 2>/dev/null || return 0
    stopped=yes
    systemctl stop zhengguan-kiosk
}

files() {
    place "$here/70-zhengguan.rules" /etc/udev/rules.d/70-zhengguan.rules 644
    place "$here/zhengguan-kiosk.service" /etc/systemd/system/zhengguan-kiosk.service 644
    place "$here/10-zhengguan.conf" /etc/X11/xorg.conf.d/10-zhengguan.conf 644
    place "$here/Xwrapper.config" /etc/X11/Xwrapper.config 644
    for programme in kiosk station studio; do
        place "$here/command" /usr/local/bin/zhengguan-$programme 755
    done
    place "$here/logind.conf" /etc/systemd/logind.conf.d/zhengguan.conf 644
    place "$here/journald.conf" /etc/systemd/journald.conf.d/zhengguan.conf 644
}

seal_key() { # a station that was sealed once stays so
    on_this_machine && [ "$seal" ] && [ ! -f "$settings/station.key.cred" ] || return 0
    command -v systemd-creds >/dev/null || fail "There is no systemd-creds here. The key was left as it is."
    step "encrypt the station's key with systemd-creds" make_sealed_key
    changed=yes
}

make_sealed_key() { # the key in clear goes last, after the encrypted one was read back
    stop_kiosk
    [ -f "$data/station.key" ] || (umask 077 && head -c 32 /dev/urandom >"$data/station.key")
    systemd-creds encrypt --name=zhengguan-station.key "$data/station.key" "$settings/station.key.cred.new"
    systemd-creds decrypt --name=zhengguan-station.key "$settings/station.key.cred.new" - | cmp -s - "$data/station.key" ||
        fail "The encrypted key could not be read back, so the key was left as it is."
    chmod 600 "$settings/station.key.cred.new"
    mkdir -p /etc/systemd/system/zhengguan-kiosk.service.d
    printf '[Service]\nLoadCredentialEncrypted=zhengguan-station.key:%s\n' "$settings/station.key.cred" \
        >/etc/systemd/system/zhengguan-kiosk.service.d/key.conf
    mv "$settings/station.key.cred.new" "$settings/station.key.cred"
    sync
    shred -u "$data/station.key"
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
        stopped=""
    fi
}

reload() {
    udevadm control --reload
    udevadm trigger --subsystem-match=usb --subsystem-match=usbmisc --subsystem-match=video4linux --subsystem-match=tty
    systemctl daemon-reload
    systemctl try-restart systemd-journald
    systemctl kill --signal=HUP systemd-logind 2>/dev/null || say "The lid and the keys for sleep are heeded until the next start."
}

# Releases and copies of the outbox that no rollback can come to any more; such a copy holds students' visits.
tidy() {
    [ -z "$dry" ] || return 0
    now=$(readlink "$opt/current" || true) before=$(readlink "$opt/previous" || true)
    for old in "$opt/releases"/*; do
        case releases/${old##*/} in
            "$now" | "$before" | 'releases/*') ;;
            *) step "remove the release ${old##*/}" rm -rf "$old" ;;
        esac
    done
    for old in "$data"/outbox.db.before-*; do
        made=${old##*/outbox.db.before-}
        case releases/${made%-wal} in
            "$now" | "$before" | 'releases/*') ;;
            *) step "remove the copy of the outbox from before ${made}" rm -f "$old" ;;
        esac
    done
}

roll_back() {
    before=$(readlink "$opt/previous" || true)
    [ -n "$before" ] && [ -f "$opt/$before/complete" ] || fail "There is no earlier release to go back to."
    now=$(readlink "$opt/current" || true)
    release=${before#releases/}
    step "go back from ${now#releases/} to $release" switch "$now"
}

trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
check_machine
alone
if [ "$rollback" ]; then
    roll_back
else
    packages
    user
    folders
    files
    install_release
    seal_key
fi
services
tidy

if [ "$done_steps" = 0 ]; then
    say "This station is up to date: $(readlink "$opt/current")."
elif [ "$dry" ]; then
    say "Nothing was changed. Without --dry-run these $done_steps steps are carried out."
else
    say "Done. Look it over with: sudo zhengguan-station check"
fi
