# Helpers that the scripts share; read with `source`, after `set -euo pipefail`.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Debian keeps tor in a folder that is not on the path of every user.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# One target folder for every script, and the program that demo and tests run.
CARGO_TARGET_DIR=$(cd "$ROOT" && realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR
export ONYM_BIN=$CARGO_TARGET_DIR/release/onym

# Everything that a person reads goes to standard error: standard output is for --json.
say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "error: $*"
    exit 1
}

# The comment at the head of the script that is running.
usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# phase NAME COMMAND..: runs the command, and says what it is and how long it took.
PHASES=()
phase() {
    local name=$1 start=$SECONDS status=0
    shift
    say "== $name"
    "$@" || status=$?
    local line
    line="$name: $(minutes $((SECONDS - start)))"
    if [ "$status" -ne 0 ]; then
        PHASES+=("$line, failed")
        fail "$line, failed with status $status"
    fi
    PHASES+=("$line")
    say "== $line"
}

# phase_summary: one line for each phase so far, and the sum.
phase_summary() {
    say "== times"
    printf '   %s\n' "${PHASES[@]}" "total: $(minutes $SECONDS)" >&2
}

# minutes SECONDS: with one decimal.
minutes() {
    printf '%d.%d min' $(($1 / 60)) $(($1 % 60 / 6))
}

# Finds a Rust toolchain of the version that rust-toolchain.toml names, or says how to get it.
need_rust() {
    local wanted
    wanted=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$ROOT/rust-toolchain.toml")
    if ! have cargo && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
        PATH=$HOME/.cargo/bin:$PATH
    fi
    if ! have cargo; then
        fail "Rust $wanted is needed, and cargo was not found.
Install rustup (the Rust project's website says how; Debian 13 and Ubuntu 24.04 have a package
'rustup'), open a new shell and run this again."
    fi
    if have rustup && [ -z "${RUSTUP_TOOLCHAIN:-}" ]; then
        use_installed_toolchain "$wanted"
    fi
    # With rustup, this installs the toolchain if rustup is allowed to.
    if ! (cd "$ROOT" && cargo --version) >/dev/null; then
        fail "the Rust toolchain $wanted, which rust-toolchain.toml names, is not installed.
Install it with: rustup toolchain install $wanted --profile minimal -c clippy -c rustfmt
To use another installed toolchain that is not older, set RUSTUP_TOOLCHAIN to its name."
    fi
}

# 'stable' may be the wanted version under another name, and then nothing has to be fetched.
use_installed_toolchain() {
    local wanted=$1 name
    local installed
    installed=$(rustup toolchain list 2>/dev/null | cut -d' ' -f1) || return 0
    for name in $installed; do
        case $name in "$wanted" | "$wanted"-*) return 0 ;; esac
    done
    for name in $installed; do
        case $(rustup run "$name" rustc --version 2>/dev/null) in
            "rustc $wanted "*)
                say "using the toolchain $name, which is Rust $wanted"
                export RUSTUP_TOOLCHAIN=$name
                return 0
                ;;
        esac
    done
}

# The program and the demo. `--workspace` with `--examples` selects the same features for every
# dependency as `cargo test --workspace` does, so that the tests build nothing of this again.
build_program_and_demo() {
    (cd "$ROOT" && cargo build --locked --release --workspace --bins --examples) >&2
}
