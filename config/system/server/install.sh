#!/bin/sh
# Makes the collection and review server of a fresh Debian 12 computer, behind nginx, or brings one up to date:
#   sudo config/system/server/install.sh --address https://photo.school.edu --certificate FILE --key FILE
#   --address URL      what people and stations open: https:// or http://, a name or an IP address, a port if need be
#   --certificate FILE --key FILE   the certificate with its chain, and its key; both stay where they are (certbot renews there)
#   --own-certificate  make an authority and a certificate of our own, for a network without a public name
#   --dry-run          say what would be done, and do nothing
#   --rollback         back to the release that ran before this one
#   --release NAME     call this release so; otherwise by version and commit
#   --root DIR         lay the files under DIR instead of /, without users, packages and services (to look at them)
#   --app-port PORT    the server's own port on 127.0.0.1 (8000)     --http-port PORT  which redirects to https (80)
# Running it again does only what is missing, and needs no address any more. Settings are in /etc/zhengguan/server.toml,
# keys in /etc/zhengguan/keys, data in /var/lib/zhengguan-server, which no release touches; before an update the database is
# copied beside itself. The current release and the one before it are kept, older ones are removed.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
root="" dry="" rollback="" release="" address="" certificate="" key="" own="" app_port="" http_port=""
done_steps=0 changed="" nginx_changed="" copy="" stopped=""

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=yes ;;
        --rollback) rollback=yes ;;
        --own-certificate) own=yes ;;
        --address) shift; address=${1:?--address needs a URL} ;;
        --certificate) shift; certificate=${1:?--certificate needs a file} ;;
        --key) shift; key=${1:?--key needs a file} ;;
        --release) shift; release=${1:?--release needs a name} ;;
        --root) shift; root=${1:?--root needs a folder} ;;
        --app-port) shift; app_port=${1:?--app-port needs a number} ;;
        --http-port) shift; http_port=${1:?--http-port needs a number} ;;
        *) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done
case $app_port$http_port in
    *[!0-9]*) fail "A port is a number." ;;
esac
case $release in
    [!A-Za-z0-9]* | *[!A-Za-z0-9._+-]*) fail "A release is called by letters, digits, dots and hyphens, not: $release" ;;
esac

opt=$root/opt/zhengguan-server
data=$root/var/lib/zhengguan-server
etc=$root/etc/zhengguan
unit=/etc/systemd/system/zhengguan-server.service
site=/etc/nginx/sites-available/zhengguan
rendered=$(mktemp -d)

# step WHAT COMMAND...: says it, and does it unless this is a dry run.
step() {
    what=$1; shift
    done_steps=$((done_steps + 1))
    if [ "$dry" ]; then say "would: $what"; else say "$what"; "$@"; fi
}

# place FILE TARGET MODE: copies the file where it is missing or differs. True where it did.
place() {
    target=$root$2
    if cmp -s "$1" "$target" && [ "$(stat -c %a "$target")" = "$3" ]; then return 1; fi
    step "write $2" install -D -m "$3" "$1" "$target"
}

point() { # point LINK TARGET, in one move, so that there is always a current release
    ln -sfn "$2" "$1.new"
    mv -T "$1.new" "$1"
}

on_this_machine() { [ -z "$root" ]; }

alone() { # two runs at once would lay one release over the other
    [ -z "$dry" ] || return 0
    mkdir -p "$opt"
    exec 9>"$opt/.install.lock"
    flock -n 9 || fail "Another installation runs at this moment; please wait for it."
}

clear_up() { # however the script ends: nothing lies about, and a server that was stopped for it runs again
    rm -rf "$rendered"
    [ -z "$copy" ] || rm -rf "$copy"
    [ -z "$stopped" ] || systemctl --no-block start zhengguan-server || true
}

check_machine() {
    on_this_machine || return 0
    PATH=/usr/sbin:/usr/bin:/sbin:/bin # Debian's Python: one in an administrator's home could not be run by the server's user
    . /etc/os-release
    [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] ||
        say "This is ${PRETTY_NAME:-no Debian}; the script was made for Debian 12. It goes on."
    [ "$dry" ] || [ "$(id -u)" = 0 ] || fail "Please run this as an administrator: sudo $0"
}

setting() { # setting NAME: as /etc/zhengguan/server.toml has it
    [ ! -f "$etc/server.toml" ] || sed -n "s/^$1 *= *\"\([^\"]*\)\".*/\1/p" "$etc/server.toml" | head -n 1
}

read_ports() { # as in the last run, unless another is named
    [ -n "$app_port" ] || app_port=$(sed -n 's/^ExecStart=.* --port \([0-9]*\)$/\1/p' "$root$unit" 2>/dev/null || true)
    [ -n "$http_port" ] || http_port=$(sed -n 's/^# Redirects to https from port \([0-9]*\)$/\1/p' "$root$site" 2>/dev/null || true)
    : "${app_port:=8000}" "${http_port:=80}"
}

read_address() { # the one form that server and browsers use, before anything is written
    [ -n "$address" ] || address=$(setting public_url)
    [ -n "$address" ] || fail "Please say how people reach this server: --address https://photo.school.edu"
    parts=$(cd "$source" && PYTHONDONTWRITEBYTECODE=1 python3 - "$address" <<'END'
import sys
from config.public_address import public_address
try:
    found = public_address(sys.argv[1])
except ValueError as error:
    sys.exit(f"--address {sys.argv[1]}: {error}")
print(found.url, found.scheme, found.host, found.port or {"http": 80, "https": 443}[found.scheme])
END
    ) || exit 1
    # shellcheck disable=SC2086
    set -- $parts
    address=$1 scheme=$2 host=$3 port=$4
    [ "$port" != "$app_port" ] || fail "Port $port is the server's own behind nginx; please choose another --app-port."
}

choose_certificate() {
    [ "$scheme" = https ] || return 0
    if [ -z "$own$certificate" ]; then # as in the last run
        certificate=$(sed -n 's/^ *ssl_certificate \(.*\);/\1/p' "$root$site" 2>/dev/null || true)
        key=$(sed -n 's/^ *ssl_certificate_key \(.*\);/\1/p' "$root$site" 2>/dev/null || true)
        [ "$certificate" != /etc/zhengguan/tls/server.crt ] || own=yes
        [ -n "$certificate" ] || [ ! -f "$etc/tls/server.crt" ] || own=yes # the first run was cut short
    fi
    if [ "$own" ]; then
        certificate=/etc/zhengguan/tls/server.crt key=/etc/zhengguan/tls/server.key
        sh "$here/certificate.sh" "$etc/tls" "$host" --check ||
            step "make a certificate of our own for $host" new_certificate
        return 0
    fi
    [ -n "$certificate" ] && [ -n "$key" ] ||
        fail "HTTPS needs --certificate FILE and --key FILE, or --own-certificate. Nothing was changed."
    [ -f "$certificate" ] && [ -f "$key" ] || fail "There is no $certificate or no $key. Nothing was changed."
    [ "$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ] ||
        fail "The key $key does not belong to the certificate $certificate. Nothing was changed."
}

new_certificate() {
    mkdir -p "$etc/tls"
    chmod 755 "$etc/tls"
    sh "$here/certificate.sh" "$etc/tls" "$host"
    nginx_changed=yes
    say "Copy $etc/tls/ca.crt to every station, phone and computer; its SHA-256 fingerprint, to be compared there:"
    openssl x509 -in "$etc/tls/ca.crt" -noout -fingerprint -sha256 | sed 's/.*=/  /'
}

packages() {
    on_this_machine || return 0
    missing=""
    for package in $(cat "$here/packages.txt"); do
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
    id zhengguan-server >/dev/null 2>&1 ||
        step "make the user zhengguan-server" \
            useradd --system --user-group --home-dir /var/lib/zhengguan-server --shell /usr/sbin/nologin zhengguan-server
}

folders() {
    [ -d "$data" ] || step "make /var/lib/zhengguan-server for the data" make_folder "$data" 700 zhengguan-server:zhengguan-server
    [ -d "$etc/keys" ] || step "make /etc/zhengguan/keys for the keys" make_folder "$etc/keys" 750 root:zhengguan-server
}

make_folder() {
    mkdir -p "$1"
    chmod "$2" "$1"
    ! on_this_machine || chown "$3" "$1"
}

settings_file() {
    hsts=365
    [ -z "$own" ] || hsts=0 # a browser that does not know our authority could not open the page at all
    if [ ! -f "$etc/server.toml" ]; then
        sed -e "s|@ADDRESS@|$address|" -e "s|@HSTS_DAYS@|$hsts|" "$here/server.toml" >"$rendered/server.toml"
        step "write /etc/zhengguan/server.toml, to be changed by you" \
            install -D -m 644 "$rendered/server.toml" "$etc/server.toml"
        changed=yes
    elif [ "$(setting public_url)" != "$address" ]; then
        step "set public_url to $address in /etc/zhengguan/server.toml" \
            sed -i "s|^public_url *=.*|public_url = \"$address\"|" "$etc/server.toml"
        changed=yes
    fi
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
        sync
    fi
    touch "$1/complete" # a release cut short by a power cut is made anew
}

install_packages_of_release() {
    "$here/../with_progress.sh" "install the Python packages, each checked against its hash" "$1" \
        "$1/bin/pip" install --disable-pip-version-check --no-input --no-cache-dir --no-deps --only-binary :all: \
        --require-hashes --requirement "$here/../python/server.txt"
    # Building runs code of the source tree, so it runs as the server's user; root installs the finished wheel.
    chown -R zhengguan-server:zhengguan-server "$copy"
    "$here/../with_progress.sh" "build the programme" - runuser -u zhengguan-server -- env HOME="$copy" \
        "$1/bin/pip" wheel --disable-pip-version-check --no-cache-dir --no-deps --no-index --no-build-isolation \
        --wheel-dir "$copy/wheel" "$copy"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-index "$copy"/wheel/*.whl
}

switch() {
    keep_database
    [ -z "$1" ] || point "$opt/previous" "$1"
    point "$opt/current" "releases/$release"
    changed=yes
}

keep_database() { # a newer release may change its tables
    [ -f "$data/zhengguan.sqlite3" ] || return 0
    stop_server
    for part in "" -wal; do
        [ ! -f "$data/zhengguan.sqlite3$part" ] ||
            cp -p "$data/zhengguan.sqlite3$part" "$data/zhengguan.sqlite3.before-$release$part"
    done
}

stop_server() {
    on_this_machine && systemctl --quiet is-active zhengguan-server 2>/dev/null || return 0
    stopped=yes
    systemctl stop zhengguan-server
}

keys() { # made by the release itself; an older server's keys are taken over from its data folder
    on_this_machine && [ ! -f "$etc/keys/server.keys" ] || return 0
    step "make the keys in /etc/zhengguan/keys (keep a copy in a safe place)" make_keys
}

make_keys() {
    ZHENGGUAN_SERVER_DATA="$data" "$opt/current/bin/zhengguan-server" new-keys "$etc/keys/server.keys"
    chown root:zhengguan-server "$etc/keys/server.keys"
    chmod 640 "$etc/keys/server.keys"
}

files() {
    fill "$here/zhengguan-server.service" >"$rendered/unit"
    ! place "$rendered/unit" "$unit" 644 || changed=yes
    ! place "$here/command" /usr/local/bin/zhengguan-server 755 || changed=yes
}

fill() { # the template with its blanks filled
    sed -e "s|@ADDRESS@|$address|g" -e "s|@HOST@|$host|g" -e "s|@APP_PORT@|$app_port|g" \
        -e "s|@CERTIFICATE@|$certificate|g" -e "s|@KEY@|$key|g" -e "s|@HTTP_PORT@|$http_port|g" -e "s|@SUBMISSION_BYTES@|$(submission_bytes)|g" \
        -e "s|@LISTEN_HTTPS@|$(listen "$port" " ssl")|g" -e "s|@LISTEN_HTTP@|$(listen "$plain_port" "")|g" "$1"
}

submission_bytes() { # [intake] request_bytes: the school's own, or else the default
    for file in "$etc/server.toml" "$source/config/server.toml"; do
        [ ! -f "$file" ] || sed -n 's/^request_bytes *= *\([0-9_]*\).*/\1/p' "$file"
    done | tr -d _ | head -n 1
}

listen() { # listen PORT OPTIONS: for IPv4, and for IPv6 where the machine has it
    printf 'listen %s%s;' "$1" "$2"
    [ ! -e /proc/net/if_inet6 ] || printf ' listen [::]:%s%s;' "$1" "$2"
}

nginx_files() {
    plain_port=$http_port
    [ "$scheme" = https ] || plain_port=$port
    fill "$here/locations.conf" >"$rendered/locations"
    ! place "$rendered/locations" /etc/nginx/snippets/zhengguan.conf 644 || nginx_changed=yes
    {
        fill "$here/site.conf"
        fill "$here/site-$scheme.conf"
        [ "$scheme" = http ] || [ "$http_port" = "$port" ] || fill "$here/site-redirect.conf"
    } >"$rendered/site"
    ! place "$rendered/site" "$site" 644 || nginx_changed=yes
    [ "$(readlink "$root/etc/nginx/sites-enabled/zhengguan" || true)" = ../sites-available/zhengguan ] ||
        step "switch the site on" enable_site
    on_this_machine || return 0
    [ ! -L /etc/nginx/sites-enabled/default ] || step "switch nginx's welcome page off" disable_default
    # Half-sent headers count as connections too, and 768 of them would fill what Debian allows.
    ! grep -q 'worker_connections 768;' /etc/nginx/nginx.conf || step "let nginx hold 4096 connections a process" more_connections
}

enable_site() {
    mkdir -p "$root/etc/nginx/sites-enabled"
    ln -sfn ../sites-available/zhengguan "$root/etc/nginx/sites-enabled/zhengguan"
    nginx_changed=yes
}

disable_default() {
    rm /etc/nginx/sites-enabled/default
    nginx_changed=yes
}

more_connections() {
    sed -i 's/worker_connections 768;/worker_connections 4096;/' /etc/nginx/nginx.conf
    printf 'worker_rlimit_nofile 16384;\n' >/etc/nginx/modules-enabled/90-zhengguan.conf
    nginx_changed=yes
}

services() {
    on_this_machine || return 0
    [ -z "$nginx_changed" ] || [ "$dry" ] || nginx -t -q || fail "nginx does not accept its settings (above); it goes on with the old ones."
    [ -d /run/systemd/system ] || { say "systemd does not run here; the services are left alone."; return 0; }
    [ -z "$changed" ] || step "let systemd read its files again" systemctl daemon-reload
    for unit in zhengguan-server nginx; do
        systemctl --quiet is-enabled $unit 2>/dev/null || step "start $unit with the computer" systemctl --quiet enable $unit
    done
    if [ "$changed" ] || ! systemctl --quiet is-active zhengguan-server; then
        step "start the server" systemctl restart zhengguan-server
        stopped=""
    fi
    [ -z "$nginx_changed" ] || step "let nginx read its settings" systemctl reload-or-restart nginx
}

# Releases and copies of the database that no rollback can come to any more.
tidy() {
    [ -z "$dry" ] || return 0
    now=$(readlink "$opt/current" || true) before=$(readlink "$opt/previous" || true)
    for old in "$opt/releases"/*; do
        case releases/${old##*/} in
            "$now" | "$before" | 'releases/*') ;;
            *) step "remove the release ${old##*/}" rm -rf "$old" ;;
        esac
    done
    for old in "$data"/zhengguan.sqlite3.before-*; do
        made=${old##*/zhengguan.sqlite3.before-}
        case releases/${made%-wal} in
            "$now" | "$before" | 'releases/*') ;;
            *) step "remove the copy of the database from before $made" rm -f "$old" ;;
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
if [ "$rollback" ]; then
    alone
    roll_back
else
    read_ports
    read_address
    packages
    choose_certificate
    alone
    user
    folders
    settings_file
    install_release
    keys
    nginx_files
    files
fi
services
tidy

if [ "$done_steps" = 0 ]; then
    say "This server is up to date: $(readlink "$opt/current")."
elif [ "$dry" ]; then
    say "Nothing was changed. Without --dry-run these $done_steps steps are carried out."
else
    say "Done. Look it over with: sudo zhengguan-server check"
fi
