#!/bin/sh
# with_progress.sh TITLE FOLDER COMMAND...: prints TITLE, runs COMMAND and prints every five seconds the elapsed time and the
# size of FOLDER ("-": none). The output of COMMAND is printed only if it fails.
set -u
title=$1 folder=$2
shift 2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
began=$(date +%s)
printf '%s\n' "$title"
"$@" >"$log" 2>&1 &
command=$!
trap 'kill "$command" 2>/dev/null; exit 130' INT TERM HUP
ticks=0
while kill -0 "$command" 2>/dev/null; do
    sleep 1
    ticks=$((ticks + 1))
    [ $((ticks % 5)) = 0 ] || continue
    size=""
    [ "$folder" = - ] || size=", $(du -sm "$folder" 2>/dev/null | cut -f1) MB"
    printf '  %s s%s\n' "$(($(date +%s) - began))" "$size"
done
wait "$command"
code=$?
[ "$code" = 0 ] || tail -n 200 "$log" >&2
exit "$code"
