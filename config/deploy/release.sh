# Sourced by station/install.sh and server/install.sh: installs releases side by side, switches and rolls back.
# shellcheck shell=sh disable=SC2013,SC2034,SC2154
# The script that sources this file first sets:
#   here      its own folder               source    the checkout to install
#   name      zhengguan[-server]: the user, and the folder in /opt and in /var/lib
#   service   the systemd unit to stop while its database is copied
#   database  the file in /var/lib that a newer release may change
#   lock      the list in python/ of the Python packages, and compile: pip's --compile or --no-compile
# It also defines add_release_files FOLDER, which adds the files of a release besides its virtual environment, and reads the
#   options into root, dry, rollback and release.

root="" dry="" rollback="" release="" done_steps=0 changed="" stopped="" scratch=""

print_line() { printf '%s\n' "$*"; }
fail() { print_line "$*" >&2; exit 1; }

print_usage() { # the comment at the head of the script
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 2
}

on_this_computer() { [ -z "$root" ]; }

# The target folders; call it after reading the options.
set_folders() {
    case $release in # the release is the name of a folder, and part of the first line of its programs
        [!A-Za-z0-9]* | *[!A-Za-z0-9._+-]*) fail "The name of a release has letters, digits, dots and hyphens only, not: $release" ;;
    esac
    opt=$root/opt/$name
    data=$root/var/lib/$name
    etc=$root/etc/zhengguan
    scratch=$(mktemp -d)
    chmod 711 "$scratch" # the program is built in it as $name
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

clean_up() { # at every exit: remove temporary files, and start a stopped service again
    rm -rf "$scratch"
    [ -z "$stopped" ] || systemctl --no-block start "$service" || true
}

check_computer() {
    on_this_computer || return 0
    PATH=/usr/sbin:/usr/bin:/sbin:/bin # Debian's Python: the user $name could not run one in an administrator's home
    . /etc/os-release
    [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] ||
        print_line "This is ${PRETTY_NAME:-no Debian}; the script was made for Debian 12. It continues."
    [ "$dry" ] || [ "$(id -u)" = 0 ] || fail "Please run this as an administrator: sudo $0"
}

lock_installation() { # two runs at the same time would overwrite each other's release
    [ -z "$dry" ] || return 0
    mkdir -p "$opt"
    exec 9>"$opt/.install.lock"
    flock -n 9 || fail "Another installation is running; please wait until it ends."
}

# run_step STEP COMMAND...: prints STEP, and runs COMMAND unless this is a dry run.
run_step() {
    step=$1; shift
    done_steps=$((done_steps + 1))
    if [ "$dry" ]; then print_line "would: $step"; else print_line "$step"; "$@"; fi
}

is_current() { # is_current FILE TARGET MODE
    cmp -s "$1" "$root$2" && [ "$(stat -c %a "$root$2")" = "$3" ]
}

write_file() { # write_file FILE TARGET MODE
    run_step "write $2" install -D -m "$3" "$1" "$root$2"
}

update_file() { # update_file FILE TARGET MODE: writes it if it is missing or differs
    is_current "$@" || { write_file "$@"; changed=yes; }
}

replace_link() { # replace_link LINK TARGET, in one step, so that there is always a current release
    ln -sfn "$2" "$1.new" # -f: the link may remain from a run that a power cut interrupted
    mv -T "$1.new" "$1"
}

install_missing_packages() { # install_missing_packages LIST...
    on_this_computer || return 0
    missing=""
    for package in $(cat "$@"); do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    run_step "install the Debian packages:$missing" install_packages $missing
}

install_packages() {
    "$here/../with_progress.sh" "read Debian's package lists" - apt-get update -qq
    "$here/../with_progress.sh" "download and unpack" - env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install --no-install-recommends -y -qq "$@"
}

make_user() {
    on_this_computer || return 0
    id "$name" >/dev/null 2>&1 ||
        run_step "make the user $name" \
            useradd --system --user-group --home-dir "/var/lib/$name" --shell /usr/sbin/nologin "$name"
}

default_release() {
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml")
    print_line "$version-$(commit_of_source || hash_source)"
}

commit_of_source() { # fails if the files differ from the commit
    [ -z "$(run_git status --porcelain 2>/dev/null || echo none)" ] && run_git rev-parse --short HEAD
}

run_git() { git -c safe.directory="$source" -C "$source" "$@"; }

hash_source() { # names a release by its files, also without git
    (cd "$source" && find . \( -name .git -o -name .venv -o -name build -o -name __pycache__ \) -prune -o -type f -print0 |
        sort -z | xargs -0 sha256sum | sha256sum | cut -c1-10)
}

install_release() {
    [ -n "$release" ] || release=$(default_release)
    [ -f "$opt/releases/$release/complete" ] ||
        run_step "install the program as release $release (some minutes)" build_release "$opt/releases/$release"
    now=$(readlink "$opt/current" || true)
    [ "$now" = "releases/$release" ] || run_step "make $release the current release" switch_release "$now"
}

build_release() {
    rm -rf "$1"
    mkdir -p "$1"
    ! on_this_computer || install_python_packages "$1"
    add_release_files "$1"
    ! on_this_computer || sync
    touch "$1/complete" # a release that a power cut interrupted is built again
}

install_python_packages() {
    python3 -m venv "$1"
    "$here/../with_progress.sh" "install the Python packages, each checked against its hash" "$1" \
        "$1/bin/pip" install --disable-pip-version-check --no-input --no-cache-dir --no-deps "$compile" \
        --only-binary :all: --require-hashes --requirement "$here/../python/$lock.txt"
    # The build uses a copy, because it adds files that must not get into the next release.
    copy=$scratch/source
    mkdir "$copy"
    tar -C "$source" --exclude=./.venv --exclude=./.git --exclude=./build -cf - . | tar -C "$copy" -xf -
    # Building runs code of the source tree, so it runs as $name; root installs the finished wheel.
    chown -R "$name:$name" "$copy"
    case $lock in server*) build_page "$1" "$copy" ;; esac
    "$here/../with_progress.sh" "build the program" - runuser -u "$name" -- env HOME="$copy" \
        "$1/bin/pip" wheel --disable-pip-version-check --no-cache-dir --no-deps --no-index --no-build-isolation \
        --wheel-dir "$copy/wheel" "$copy"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-index "$compile" \
        "$copy"/wheel/*.whl
}

build_page() { # build_page VENV SOURCE: the scripts of the remote student's page, unless SOURCE contains them
    [ -f "$2/server/remote/static/remote_page/assets.json" ] && return 0
    runuser -u "$name" -- env HOME="$2" "$2/config/deploy/python/page.sh" "$1" ||
        print_line "The page for remote students could not be built; everything else works. Run this again to retry."
}

install_network() { # the optional portrait network, in the data of $name, which no release touches; never fails
    on_this_computer && [ ! -f "$data/.local/share/zhengguan/models/modnet.onnx" ] || return 0
    run_step "install the portrait network MODNet, if it can be fetched" fetch_network
}

fetch_network() { # with copies of the scripts, because $name may not read the checkout
    cp "$here/../network.sh" "$here/../with_progress.sh" "$scratch/"
    runuser -u "$name" -- env HOME="$data" "$scratch/network.sh" "$opt/current" \
        "sudo runuser -u $name -- env HOME=$data $opt/current/bin/zhengguan"
}

switch_release() { # switch_release LINK: LINK is the current release, or empty
    copy_database
    [ -z "$1" ] || replace_link "$opt/previous" "$1"
    replace_link "$opt/current" "releases/$release"
    changed=yes
}

copy_database() {
    [ -f "$data/$database" ] || return 0
    stop_service
    for part in "" -wal; do
        [ ! -f "$data/$database$part" ] || cp -p "$data/$database$part" "$data/$database.before-$release$part"
    done
}

stop_service() {
    on_this_computer && systemctl --quiet is-active "$service" 2>/dev/null || return 0
    stopped=yes
    systemctl stop "$service"
}

roll_back() {
    before=$(readlink "$opt/previous" || true)
    [ -n "$before" ] && [ -f "$opt/$before/complete" ] || fail "There is no earlier release to go back to."
    now=$(readlink "$opt/current" || true)
    release=${before#releases/}
    run_step "go back from ${now#releases/} to $release" switch_release "$now"
}

# Remove releases, and copies of the database with students' data, that no rollback needs any more.
remove_old_releases() {
    [ -z "$dry" ] || return 0
    now=$(readlink "$opt/current" || true) before=$(readlink "$opt/previous" || true)
    for old in "$opt/releases"/*; do
        case releases/${old##*/} in
            "$now" | "$before" | 'releases/*') ;;
            *) run_step "remove the release ${old##*/}" rm -rf "$old" ;;
        esac
    done
    for old in "$data/$database".before-*; do
        copied_before=${old##*/"$database".before-}
        case releases/${copied_before%-wal} in
            "$now" | "$before" | 'releases/*') ;;
            *) run_step "remove the copy of $database from before $copied_before" rm -f "$old" ;;
        esac
    done
}

enable_service() { # enable_service UNIT
    systemctl --quiet is-enabled "$1" 2>/dev/null || run_step "start $1 with the computer" systemctl --quiet enable "$1"
}

restart_service() { # restart_service STEP: if anything changed, or if the service is not running
    [ "$changed" ] || ! systemctl --quiet is-active "$service" || return 0
    run_step "$1" systemctl restart "$service"
    stopped=""
}

report() { # report KIND CHECK: KIND is the kind of computer, CHECK the command that checks it
    if [ "$done_steps" = 0 ]; then
        print_line "This $1 is up to date: $(readlink "$opt/current")."
    elif [ "$dry" ]; then
        print_line "Nothing was changed. Without --dry-run these $done_steps steps are carried out."
    else
        print_line "Done. Check it with: sudo $2 check"
    fi
}
