#!/usr/bin/env bash
# Runs every fuzz target for a bounded time. A finding is left under fuzz/artifacts and makes this exit with 1.
set -euo pipefail

usage() {
    cat <<'USAGE'
Runs each fuzz target for a while, one after the other.

    scripts/fuzz.sh [SECONDS_PER_TARGET] [TARGET...]

SECONDS_PER_TARGET is 30 when not given; without TARGET, all of them run. A target starts from fuzz/seeds/TARGET where
there are any, from the inputs that the program fuzz/src/bin/seeds makes at the beginning of each run, and from what
earlier runs found (both in fuzz/corpus/TARGET, not committed). For each target it tells how many inputs were tried, how
many of them a second, how many edges of the code they reached, and the memory they took. Exits with 0 when nothing was
found, 1 on a finding, 2 when it cannot run. Needs a nightly Rust and cargo-fuzz:

    rustup toolchain install nightly --profile minimal
    cargo install --locked cargo-fuzz
USAGE
}

main() {
    case ${1-} in
    --help | -h) usage && return ;;
    esac
    local seconds=${1:-30}
    (($# == 0)) || shift
    if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
        usage >&2
        echo "scripts/fuzz.sh: \`$seconds\` is not a number of seconds" >&2
        return 2
    fi
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    PATH=$PATH:${HOME:-/nonexistent}/.cargo/bin
    require_tools

    local target targets=("$@") findings=()
    for target in "${targets[@]}"; do
        if ! [[ -f fuzz/fuzz_targets/$target.rs ]]; then
            echo "scripts/fuzz.sh: there is no target \`$target\` in fuzz/fuzz_targets" >&2
            return 2
        fi
    done
    if ((${#targets[@]} == 0)); then
        # The files are the list; `cargo xtask check fuzzing` holds fuzz/Cargo.toml to it.
        mapfile -t targets < <(find fuzz/fuzz_targets -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort)
    fi
    cargo +nightly fuzz build </dev/null || return 2
    mkdir -p fuzz/artifacts fuzz/corpus
    scratch_folder
    if ! cargo +nightly fuzz run seeds fuzz/corpus </dev/null >fuzz/artifacts/seeds.log 2>&1; then
        tail -n 5 fuzz/artifacts/seeds.log >&2
        return 2
    fi

    for target in "${targets[@]}"; do
        run "$target" "$seconds" || findings+=("$target")
    done
    if ((${#findings[@]})); then
        echo "found something in: ${findings[*]}; the inputs are under fuzz/artifacts"
        return 1
    fi
    echo "nothing found in ${#targets[@]} targets, ${seconds} s each"
}

require_tools() {
    if ! cargo +nightly --version >/dev/null 2>&1 || ! cargo +nightly fuzz --version >/dev/null 2>&1; then
        echo 'scripts/fuzz.sh: a nightly Rust and cargo-fuzz are needed; install them with' >&2
        echo '    rustup toolchain install nightly --profile minimal' >&2
        echo '    cargo install --locked cargo-fuzz' >&2
        exit 2
    fi
}

# Where targets that need a disk write, in memory if may be; what a killed one left goes with it.
scratch_folder() {
    TMPDIR=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
}

# Runs one target; its whole output goes to a log, of which the last figures or the finding are shown.
run() {
    local target=$1 seconds=$2
    local corpus=fuzz/corpus/$target log=fuzz/artifacts/$target.log
    local inputs=("$corpus")
    mkdir -p "$corpus"
    [[ ! -d fuzz/seeds/$target ]] || inputs+=("fuzz/seeds/$target")
    local limits=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
    if cargo +nightly fuzz run "$target" "${inputs[@]}" -- "${limits[@]}" </dev/null >"$log" 2>&1; then
        printf 'ok       %-12s %9d inputs %7d/s %6d edges %5d MB\n' "$target" "$(figure "$log" number_of_executed_units)" \
            "$(figure "$log" average_exec_per_sec)" "$(edges "$log")" "$(figure "$log" peak_rss_mb)"
    else
        echo "FINDING  $target; the whole story is in $log"
        # What panicked or overran, where, and the input that does it again.
        { grep -A 1 -E 'panicked at|ERROR: (libFuzzer|AddressSanitizer)|^error' "$log" || tail -n 20 "$log"; } | sed 's/^/    /'
        sed -n '/^Reproduce with:/,/cargo fuzz run/p' "$log" | sed 's/^/    /'
        return 1
    fi
}

figure() {
    sed -n "s/^stat::$2: *//p" "$1" | tail -n 1
}

edges() {
    grep -o 'cov: [0-9]*' "$1" | tail -n 1 | grep -o '[0-9]*'
}

main "$@"
