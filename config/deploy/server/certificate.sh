#!/bin/sh
# certificate.sh FOLDER HOST: makes a certificate for HOST, signed by a private authority, for a network without a public name.
# FOLDER then holds ca.crt (copied to every station, phone and reviewer's computer), ca.key, server.crt and server.key.
# The authority can sign for HOST only. A second run renews each certificate that is missing, is for another HOST, or expires
# within 30 days.
set -eu
umask 077
folder=$1 host=$2
case $host in
    \[*\]) name="IP:$(printf %s "$host" | tr -d '[]')" allowed="IP:$(printf %s "$host" | tr -d '[]')/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" ;;
    *[!0-9.]*) name="DNS:$host" allowed="DNS:$host" ;;
    *) name="IP:$host" allowed="IP:$host/255.255.255.255" ;;
esac
[ "${3:-}" = --check ] || mkdir -p "$folder"
cd "$folder" 2>/dev/null || exit 1

usable() { # usable CERTIFICATE: whether it is for this host and valid for another 30 days
    [ -f "$1" ] && [ "$(cat "$1.host" 2>/dev/null)" = "$host" ] && openssl x509 -checkend 2592000 -noout -in "$1" >/dev/null
}

if [ "${3:-}" = --check ]; then
    usable ca.crt && usable server.crt && openssl verify -CAfile ca.crt server.crt >/dev/null 2>&1
    exit
fi

if ! usable ca.crt; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt.new -days 3650 \
        -subj "/CN=Zhengguan of $(printf %s "$host" | cut -c1-40)" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
        -addext "nameConstraints=critical,permitted;$allowed" 2>/dev/null
    mv ca.crt.new ca.crt
    printf %s "$host" >ca.crt.host
    rm -f server.crt
fi
if ! usable server.crt; then
    extensions=$(mktemp)
    trap 'rm -f "$extensions"' EXIT
    printf '%s\n' "subjectAltName=$name" basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
        extendedKeyUsage=serverAuth >"$extensions"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr \
        -subj "/CN=Zhengguan server" 2>/dev/null
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -extfile "$extensions" \
        -out server.crt 2>/dev/null
    rm -f server.csr
    printf %s "$host" >server.crt.host
fi
chmod 644 ca.crt server.crt
