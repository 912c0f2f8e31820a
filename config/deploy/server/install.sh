#!/bin/sh
# Installs or updates the collection and review server on a Debian 12 computer, behind nginx:
#   sudo config/deploy/server/install.sh --address https://photo.school.edu --certificate FILE --key FILE
#   --address URL      the address for people and stations: https:// or http://, a name or an IP address, optionally a port
#   --certificate FILE --key FILE   the certificate with its chain, and its key; both stay in place (certbot renews them there)
#   --own-certificate  make a private authority and a certificate, for a network without a public name
#   --engine           with the photo engine (0.6 GB more), which retouching needs; later runs keep it
#   --dry-run          print the steps, and change nothing
#   --rollback         return to the previous release
#   --release NAME     the name of this release, instead of its version and commit
#   --root DIR         put the files under DIR instead of /, without users, packages and services (to inspect them)
#   --app-port PORT    the server's own port on 127.0.0.1 (8000)     --http-port PORT  which redirects to https (80)
# A second run does only the missing steps, and needs no address. Settings are in /etc/zhengguan/server.toml,
# keys in /etc/zhengguan/keys, data in /var/lib/zhengguan-server, which no release touches; an update first copies the database
# into the same folder. The current release and the one before it are kept, older ones are removed.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
name=zhengguan-server service=zhengguan-server database=zhengguan.sqlite3 lock=server compile=--compile
address="" certificate="" key="" own="" engine="" app_port="" http_port="" nginx_changed=""
# shellcheck source=config/deploy/release.sh
. "$here/../release.sh"

while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=yes ;;
        --rollback) rollback=yes ;;
        --own-certificate) own=yes ;;
        --engine) engine=yes ;;
        --address) shift; address=${1:?--address needs a URL} ;;
        --certificate) shift; certificate=${1:?--certificate needs a file} ;;
        --key) shift; key=${1:?--key needs a file} ;;
        --release) shift; release=${1:?--release needs a name} ;;
        --root) shift; root=${1:?--root needs a folder} ;;
        --app-port) shift; app_port=${1:?--app-port needs a number} ;;
        --http-port) shift; http_port=${1:?--http-port needs a number} ;;
        *) print_usage ;;
    esac
    shift
done
case $app_port$http_port in
    *[!0-9]*) fail "A port is a number." ;;
esac
unit=/etc/systemd/system/zhengguan-server.service
site=/etc/nginx/sites-available/zhengguan

setting() { # setting NAME: print its value in /etc/zhengguan/server.toml
    [ ! -f "$etc/server.toml" ] || sed -n "s/^$1 *= *\"\([^\"]*\)\".*/\1/p" "$etc/server.toml" | head -n 1
}

read_ports() { # the ports of the last run, unless others are given
    [ -n "$app_port" ] || app_port=$(sed -n 's/^ExecStart=.* --port \([0-9]*\)$/\1/p' "$root$unit" 2>/dev/null || true)
    [ -n "$http_port" ] || http_port=$(sed -n 's/^# Redirects to https from port \([0-9]*\)$/\1/p' "$root$site" 2>/dev/null || true)
    : "${app_port:=8000}" "${http_port:=80}"
}

read_address() { # normalize the address before anything is written
    [ -n "$address" ] || address=$(setting public_url)
    [ -n "$address" ] || fail "Please give the address of this server: --address https://photo.school.edu"
    parts=$(cd "$source" && PYTHONDONTWRITEBYTECODE=1 python3 - "$address" <<'END'
import sys
from config.public_address import parse_public_address
try:
    parsed = parse_public_address(sys.argv[1])
except ValueError as error:
    sys.exit(f"--address {sys.argv[1]}: {error}")
print(parsed.url, parsed.scheme, parsed.host, parsed.port or {"http": 80, "https": 443}[parsed.scheme])
END
    ) || exit 1
    # shellcheck disable=SC2086
    set -- $parts
    address=$1 scheme=$2 host=$3 port=$4
    [ "$port" != "$app_port" ] || fail "Port $port is the server's own behind nginx; please choose another --app-port."
}

choose_certificate() {
    [ "$scheme" = https ] || return 0
    if [ -z "$own$certificate" ]; then # use the certificate of the last run
        certificate=$(sed -n 's/^ *ssl_certificate \(.*\);/\1/p' "$root$site" 2>/dev/null || true)
        key=$(sed -n 's/^ *ssl_certificate_key \(.*\);/\1/p' "$root$site" 2>/dev/null || true)
        [ "$certificate" != /etc/zhengguan/tls/server.crt ] || own=yes
        [ -n "$certificate" ] || [ ! -f "$etc/tls/server.crt" ] || own=yes # the first run was interrupted
    fi
    if [ "$own" ]; then
        certificate=/etc/zhengguan/tls/server.crt key=/etc/zhengguan/tls/server.key
        sh "$here/certificate.sh" "$etc/tls" "$host" --check ||
            run_step "make a certificate of our own for $host" make_certificate
        return 0
    fi
    [ -n "$certificate" ] && [ -n "$key" ] ||
        fail "HTTPS needs --certificate FILE and --key FILE, or --own-certificate. Nothing was changed."
    # nginx would look for a relative path in its own folder, and reads a blank as the end of the path.
    certificate=$(realpath -sm "$certificate") key=$(realpath -sm "$key")
    case $certificate$key in
        *[[:space:]\;{}\"\'\\\$\&\|#]*) fail "nginx cannot open $certificate or $key; please use a path without blanks and signs such as #. Nothing was changed." ;;
    esac
    [ -f "$certificate" ] && [ -f "$key" ] || fail "There is no $certificate or no $key. Nothing was changed."
    [ "$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ] ||
        fail "The key $key does not belong to the certificate $certificate. Nothing was changed."
}

make_certificate() {
    mkdir -p "$etc/tls"
    chmod 755 "$etc/tls"
    sh "$here/certificate.sh" "$etc/tls" "$host"
    nginx_changed=yes
    print_line "Copy $etc/tls/ca.crt to every station, phone and computer; its SHA-256 fingerprint, to compare there:"
    openssl x509 -in "$etc/tls/ca.crt" -noout -fingerprint -sha256 | sed 's/.*=/  /'
}

make_folders() {
    [ -d "$data" ] || run_step "make /var/lib/zhengguan-server for the data" make_folder "$data" 700 zhengguan-server:zhengguan-server
    [ -d "$etc/keys" ] || run_step "make /etc/zhengguan/keys for the keys" make_folder "$etc/keys" 750 root:zhengguan-server
}

make_folder() {
    mkdir -p "$1"
    chmod "$2" "$1"
    ! on_this_computer || chown "$3" "$1"
}

write_settings() {
    hsts=365
    [ -z "$own" ] || hsts=0 # a browser without our authority's certificate could not open the page at all
    if [ ! -f "$etc/server.toml" ]; then
        sed -e "s|@ADDRESS@|$address|" -e "s|@HSTS_DAYS@|$hsts|" "$here/server.toml" >"$scratch/server.toml"
        run_step "write /etc/zhengguan/server.toml, for you to edit" \
            install -D -m 644 "$scratch/server.toml" "$etc/server.toml"
        changed=yes
    elif [ "$(setting public_url)" != "$address" ]; then
        run_step "set public_url to $address in /etc/zhengguan/server.toml" set_public_url
        changed=yes
    fi
}

set_public_url() { # a line that somebody removed or commented out is added
    if grep -q '^public_url *=' "$etc/server.toml"; then
        sed -i "s|^public_url *=.*|public_url = \"$address\"|" "$etc/server.toml"
    else
        sed -i "s|^\[server\].*|&\npublic_url = \"$address\"|" "$etc/server.toml"
    fi
}

choose_packages() { # a release with the engine has a different name
    [ -n "$engine" ] || ! ls -d "$opt"/current/lib/python*/site-packages/mediapipe >/dev/null 2>&1 || engine=yes
    [ -n "$engine" ] || return 0
    lock=server-engine
    [ -n "$release" ] || release=$(default_release)-engine
}

add_release_files() { :; } # everything is in the virtual environment

make_keys() { # with the installed program; keys in the data folder of an older server are copied
    on_this_computer && [ ! -f "$etc/keys/server.keys" ] || return 0
    run_step "make the keys in /etc/zhengguan/keys (keep a copy in a safe place)" write_keys
}

write_keys() {
    ZHENGGUAN_SERVER_DATA="$data" "$opt/current/bin/zhengguan" server new-keys "$etc/keys/server.keys"
    chown root:zhengguan-server "$etc/keys/server.keys"
    chmod 640 "$etc/keys/server.keys"
}

update_files() {
    fill "$here/zhengguan-server.service" >"$scratch/unit"
    update_file "$scratch/unit" "$unit" 644
    for name_of_unit in zhengguan-backup.service zhengguan-backup.timer; do # the administrator enables the timer: docs/backup.md
        update_file "$here/$name_of_unit" "/etc/systemd/system/$name_of_unit" 644
    done
    for program in zhengguan zhengguan-server; do
        update_file "$here/../command" /usr/local/bin/$program 755
    done
}

fill() { # fill TEMPLATE: print it with its placeholders replaced
    sed -e "s|@ADDRESS@|$address|g" -e "s|@HOST@|$host|g" -e "s|@APP_PORT@|$app_port|g" \
        -e "s|@CERTIFICATE@|$certificate|g" -e "s|@KEY@|$key|g" -e "s|@HTTP_PORT@|$http_port|g" -e "s|@SUBMISSION_BYTES@|$(submission_bytes)|g" \
        -e "s|@LISTEN_HTTPS@|$(listen "$port" " ssl")|g" -e "s|@LISTEN_HTTP@|$(listen "$plain_port" "")|g" "$1"
}

submission_bytes() { # print [intake] max_request_bytes of the settings, or its default
    for file in "$etc/server.toml" "$source/config/settings/server.toml"; do
        [ ! -f "$file" ] || sed -n 's/^max_request_bytes *= *\([0-9_]*\).*/\1/p' "$file"
    done | tr -d _ | head -n 1
}

listen() { # listen PORT OPTIONS: print the directive for IPv4, and for IPv6 if the machine has it
    printf 'listen %s%s;' "$1" "$2"
    [ ! -e /proc/net/if_inet6 ] || printf ' listen [::]:%s%s;' "$1" "$2"
}

update_nginx_files() {
    plain_port=$http_port
    [ "$scheme" = https ] || plain_port=$port
    fill "$here/locations.conf" >"$scratch/locations"
    update_nginx_file "$scratch/locations" /etc/nginx/snippets/zhengguan.conf 644
    {
        fill "$here/site.conf"
        fill "$here/site-$scheme.conf"
        [ "$scheme" = http ] || [ "$http_port" = "$port" ] || fill "$here/site-redirect.conf"
    } >"$scratch/site"
    update_nginx_file "$scratch/site" "$site" 644
    [ "$(readlink "$root/etc/nginx/sites-enabled/zhengguan" || true)" = ../sites-available/zhengguan ] ||
        run_step "enable the site" enable_site
    on_this_computer || return 0
    [ ! -L /etc/nginx/sites-enabled/default ] || run_step "disable nginx's welcome page" disable_default
    # Connections with incomplete headers count too, and 768 of them would reach Debian's limit.
    ! grep -q 'worker_connections 768;' /etc/nginx/nginx.conf || run_step "let nginx hold 4096 connections a process" more_connections
}

update_nginx_file() {
    is_current "$@" || { write_file "$@"; nginx_changed=yes; }
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

start_services() {
    on_this_computer || return 0
    [ -z "$nginx_changed" ] || [ "$dry" ] || nginx -t -q || fail "nginx does not accept its settings (above); it keeps running with the old ones."
    [ -d /run/systemd/system ] || { print_line "systemd is not running; the services were not changed."; return 0; }
    [ -z "$changed" ] || run_step "let systemd read its files again" systemctl daemon-reload
    enable_service zhengguan-server
    enable_service nginx
    restart_service "start the server"
    [ -z "$nginx_changed" ] || run_step "let nginx read its settings" systemctl reload-or-restart nginx
}

set_folders
check_computer
if [ "$rollback" ]; then
    lock_installation
    roll_back
else
    read_ports
    read_address
    install_missing_packages "$here/packages.txt"
    choose_certificate
    lock_installation
    make_user
    make_folders
    write_settings
    choose_packages
    install_release
    [ -z "$engine" ] || install_network
    make_keys
    update_nginx_files
    update_files
fi
start_services
remove_old_releases
report server "zhengguan server"
