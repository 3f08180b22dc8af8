# shellcheck shell=bash
# What the scripts of this directory share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
tools=$root/.cache/tools
export PATH="$tools/bin:$PATH"

nextest_version=0.9.143
deny_version=0.20.2
schemathesis_version=4.32.5

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# --- What has to be installed ---------------------------------------------

apt_install() {
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "install these Debian packages first: $*"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || fail "install the equivalent of these Debian packages first: $*"
    printf 'Installing Debian packages: %s\n' "$*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

need_rust() {
    command -v cargo >/dev/null || fail "Rust is missing: install rustup (https://rustup.rs) and run this again"
    # The bundled SQLite and the TLS library are compiled with the machine's C compiler.
    command -v cc >/dev/null || apt_install gcc libc6-dev
}

need_node() {
    command -v node >/dev/null || fail "Node is missing: install version 20 or later and run this again"
}

# need_cargo_tool NAME VERSION: builds the tool into .cache/tools unless it is on the PATH.
need_cargo_tool() {
    command -v "$1" >/dev/null && return
    printf 'Building %s %s into .cache/tools: this takes some minutes, once.\n' "$1" "$2"
    cargo install --locked --root "$tools" --version "$2" "$1"
}

# Sets postgres_bin to the directory of the newest PostgreSQL on this machine.
find_postgres() {
    local initdb
    initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $initdb ]] || initdb=$(command -v initdb) || return 1
    postgres_bin=$(dirname "$initdb")
}

need_postgres() {
    find_postgres && return
    apt_install postgresql
    find_postgres || fail "PostgreSQL was installed, but its initdb is not in /usr/lib/postgresql"
}

# Sets chromium to the browser of this machine.
need_chromium() {
    command -v chromium >/dev/null || apt_install chromium
    chromium=$(command -v chromium) || fail "chromium was installed, but is not on the PATH"
}

# Sets schemathesis to the program, which is installed below target/.
need_schemathesis() {
    local venv
    venv=$(realpath -m "${CARGO_TARGET_DIR:-target}")/schemathesis-$schemathesis_version
    schemathesis=$venv/bin/schemathesis
    [[ -x $schemathesis ]] && return
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$schemathesis_version" ||
        { rm -rf "$venv"; fail "schemathesis cannot be installed"; }
}

# --- Steps and their summary ------------------------------------------------

step_names=()
step_results=()
skipped=()

# step NAME COMMAND...: runs a command, says how long it took, and goes on after a failure.
step() {
    local name=$1 result=ok started=$SECONDS
    shift
    printf '\n==> %s: %s\n' "$name" "$*"
    "$@" || result=FAILED
    printf '<== %s: %s after %d s\n' "$name" "$result" $((SECONDS - started))
    step_names+=("$name")
    step_results+=("$result after $((SECONDS - started)) s")
}

# row WHAT RESULT: prints a row for the table in docs/reliability.md.
row() {
    printf '| %s | %s | %s | %s |\n' "$(date -u +%F)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$1" "$2"
}

# Notes something that could not be done. The summary repeats it.
skip() {
    printf 'SKIPPED: %s\n' "$*"
    skipped+=("$*")
}

# nextest does not show what passing tests print, so it is read from the report.
collect_skipped_tests() {
    local report=${CARGO_TARGET_DIR:-target}/nextest/${1:-default}/junit.xml line
    [[ -f $report ]] || return 0
    while read -r line; do
        skipped+=("tests (number, reason): $line")
    done < <(grep -o 'SKIPPED[^<]*' "$report" | sort | uniq -c)
}

# Prints all steps; its status is the outcome of the script.
summary() {
    local i status=0
    printf '\nSummary\n'
    for i in "${!step_names[@]}"; do
        printf '  %-22s %s\n' "${step_names[i]}" "${step_results[i]}"
        [[ ${step_results[i]} == ok* ]] || status=1
    done
    for i in "${!skipped[@]}"; do
        printf '  SKIPPED: %s\n' "${skipped[i]}"
    done
    ((status == 0)) && printf 'All good, %d s.\n' "$SECONDS" || printf 'Something FAILED, see above.\n'
    return "$status"
}
