#!/bin/sh
# Installs or updates a station on a Debian 12 computer:  sudo config/deploy/station/install.sh
#   --dry-run        print the steps, and change nothing
#   --rollback       return to the previous release
#   --release NAME   the name of this release, instead of its version and commit
#   --seal-key       encrypt the station's key with systemd-creds (with the TPM if there is one), so that no photo on a
#                    removed disk can be decrypted; see "A stolen station" in hardware/README.md
#   --root DIR       put the files under DIR instead of /, without users, packages and services (to inspect them)
# A second run does only the missing steps. Each release has a folder in /opt/zhengguan/releases and
# `current` points at one; settings are in /etc/zhengguan and photos in /var/lib/zhengguan, which no release touches.
# The current release and the one before it are kept, older ones are removed.
set -eu
umask 022 # the kiosk's user must be able to read the files, also with a stricter umask of the administrator

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
name=zhengguan service=zhengguan-kiosk database=outbox.db lock=station compile=--no-compile
seal=""
# shellcheck source=config/deploy/release.sh
. "$here/../release.sh"

while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=yes ;;
        --rollback) rollback=yes ;;
        --seal-key) seal=yes ;;
        --release) shift; release=${1:?--release needs a name} ;;
        --root) shift; root=${1:?--root needs a folder} ;;
        *) print_usage ;;
    esac
    shift
done

make_kiosk_user() {
    make_user
    on_this_computer || return 0
    for group in video dialout lp input; do
        id -nG zhengguan 2>/dev/null | tr ' ' '\n' | grep -qx "$group" ||
            run_step "let zhengguan use the devices of the group $group" usermod --append --groups "$group" zhengguan
    done
}

make_folders() {
    has_data || run_step "make /var/lib/zhengguan for the photos" make_data
    [ -f "$etc/station.toml" ] ||
        run_step "write /etc/zhengguan/station.toml, for you to edit" \
            install -D -m 644 "$here/station.toml" "$etc/station.toml"
}

has_data() {
    [ -d "$data" ] && { ! on_this_computer || [ "$(stat -c %U "$data")" = zhengguan ]; }
}

make_data() {
    mkdir -p "$data"
    chmod 700 "$data"
    ! on_this_computer || chown zhengguan:zhengguan "$data"
}

add_release_files() {
    install -m 755 "$here/session" "$1/session"
    install -m 755 "$here/stop" "$1/stop"
    install -m 644 "$source/config/settings/station.toml" "$1/settings.toml"
}

update_files() {
    update_file "$here/70-zhengguan.rules" /etc/udev/rules.d/70-zhengguan.rules 644
    update_file "$here/zhengguan-kiosk.service" /etc/systemd/system/zhengguan-kiosk.service 644
    update_file "$here/10-zhengguan.conf" /etc/X11/xorg.conf.d/10-zhengguan.conf 644
    update_file "$here/Xwrapper.config" /etc/X11/Xwrapper.config 644
    for program in zhengguan zhengguan-kiosk zhengguan-station zhengguan-studio; do
        update_file "$here/../command" /usr/local/bin/$program 755
    done
    update_file "$here/logind.conf" /etc/systemd/logind.conf.d/zhengguan.conf 644
    update_file "$here/journald.conf" /etc/systemd/journald.conf.d/zhengguan.conf 644
}

seal_key() { # does nothing if the key is sealed already
    on_this_computer && [ "$seal" ] && [ ! -f "$etc/station.key.cred" ] || return 0
    command -v systemd-creds >/dev/null || fail "systemd-creds is not installed. The key was not changed."
    run_step "encrypt the station's key with systemd-creds" replace_key
    changed=yes
}

replace_key() { # delete the plain key last, after reading the encrypted one back
    stop_service
    [ -f "$data/station.key" ] || (umask 077 && head -c 32 /dev/urandom >"$data/station.key")
    systemd-creds encrypt --name=zhengguan-station.key "$data/station.key" "$etc/station.key.cred.new"
    systemd-creds decrypt --name=zhengguan-station.key "$etc/station.key.cred.new" - | cmp -s - "$data/station.key" ||
        fail "The encrypted key could not be read back. The key was not changed."
    chmod 600 "$etc/station.key.cred.new"
    mkdir -p /etc/systemd/system/zhengguan-kiosk.service.d
    printf '[Service]\nLoadCredentialEncrypted=zhengguan-station.key:%s\n' "$etc/station.key.cred" \
        >/etc/systemd/system/zhengguan-kiosk.service.d/key.conf
    mv "$etc/station.key.cred.new" "$etc/station.key.cred"
    sync
    shred -u "$data/station.key"
}

start_services() {
    on_this_computer || return 0
    [ -d /run/systemd/system ] || { print_line "systemd is not running; the services were not changed."; return 0; }
    if [ "$changed" ]; then
        run_step "let udev and systemd read their files again" reload_settings
    fi
    for target in sleep.target suspend.target hibernate.target hybrid-sleep.target; do
        [ "$(systemctl is-enabled $target 2>/dev/null || true)" = masked ] ||
            run_step "disable sleep: mask $target" systemctl --quiet mask $target
    done
    [ "$(systemctl get-default)" = multi-user.target ] ||
        run_step "start without a desktop" systemctl --quiet set-default multi-user.target
    enable_service systemd-timesyncd
    enable_service zhengguan-kiosk
    restart_service "start the kiosk"
}

reload_settings() {
    udevadm control --reload
    udevadm trigger --subsystem-match=usb --subsystem-match=usbmisc --subsystem-match=video4linux --subsystem-match=tty
    systemctl daemon-reload
    systemctl try-restart systemd-journald
    systemctl kill --signal=HUP systemd-logind 2>/dev/null || print_line "The lid and the sleep keys stay active until the next start."
}

set_folders
check_computer
lock_installation
if [ "$rollback" ]; then
    roll_back
else
    install_missing_packages "$here/packages.txt" "$here/../run.txt"
    make_kiosk_user
    make_folders
    update_files
    install_release
    install_network
    seal_key
fi
start_services
remove_old_releases
report station zhengguan
