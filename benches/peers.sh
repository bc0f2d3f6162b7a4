#!/usr/bin/env bash
# Blueline beside its peers on one capture, in turn, so that a noisy machine is noisy for all.
set -euo pipefail

usage() {
    cat <<'USAGE'
Measures whole processes over one capture file, in turn, several rounds; prints the median of each and its ratio to Blueline.

    benches/peers.sh FILE.pcap [ROUNDS]

ROUNDS is 5 when not given. Runs those that are installed: tcpdump (the floor: reads packets, does nothing with them),
nfpcapd (Debian: nfdump), softflowd, argus. Builds Blueline first; set BLUELINE to measure another binary. Blueline runs with
everything on: attribution, seals, picture; on one thread and on two. Read the machine's load beside the figures.
USAGE
}

main() {
    case ${1-} in
    '' | --help | -h) usage && return ;;
    esac
    local file=$1 rounds=${2:-5}
    [[ -r $file ]] || { echo "benches/peers.sh: cannot read $file" >&2 && return 2; }
    local root scratch
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now is meant
    trap "rm -rf '$scratch'" EXIT
    if [[ -z ${BLUELINE-} ]]; then
        cargo build --release --locked -q -p blueline --manifest-path "$root/Cargo.toml"
        BLUELINE=${CARGO_TARGET_DIR:-$root/target}/release/blueline
    fi
    "$BLUELINE" --quiet init "$scratch/mission" --party alpha=0.0.0.0/1,2001::/16 --party beta=128.0.0.0/1,fe80::/10

    local names=() commands=()
    add() { names+=("$1") commands+=("$2"); }
    local watch="'$BLUELINE' --quiet watch --mission '$scratch/mission' --no-custody --format json '$file'"
    add 'blueline, 2 threads' "$watch --threads 2"
    add 'blueline, 1 thread' "$watch --threads 1"
    ! have tcpdump || add 'tcpdump -w /dev/null' "tcpdump -nr '$file' -w /dev/null"
    ! have nfpcapd || add nfpcapd "nfpcapd -r '$file' -w '$scratch/out'"
    ! have softflowd || add softflowd "softflowd -d -6 -v 9 -m 4000000 -p '$scratch/pid' -c '$scratch/ctl' -r '$file'"
    ! have argus || add argus "argus -r '$file' -w '$scratch/out/argus'"

    cat "$file" >/dev/null # into the page cache
    local round n
    for ((round = 0; round < rounds; round++)); do
        for n in "${!commands[@]}"; do
            rm -rf "$scratch/out" && mkdir "$scratch/out"
            if ! /usr/bin/time -f "$n %e %U %S %M" -a -o "$scratch/times" bash -c "exec ${commands[n]}" >/dev/null 2>"$scratch/log"; then
                echo "benches/peers.sh: ${names[n]} failed: $(tail -n 1 "$scratch/log")" >&2
            fi
        done
    done
    table "$scratch/times" "${names[@]}"
    echo "file: $(basename "$file"), $(stat -c %s "$file") bytes; $rounds rounds; $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
}

have() { command -v "$1" >/dev/null; }

# Medians of each command's wall seconds, CPU seconds and peak memory, and the medians of the round-by-round ratios to the
# first command.
table() {
    local times=$1
    shift
    printf '%s\n' "$@" | awk -v times="$times" '
        function median(list, count,    i, j, t) {
            for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
            return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
        }
        { name[NR - 1] = $0; names = NR }
        END {
            while ((getline line < times) > 0) {
                if (split(line, f, " ") != 5 || line !~ /^[0-9]+ [0-9.]+ [0-9.]+ [0-9.]+ [0-9]+$/) continue
                r = ++runs[f[1]]; wall[f[1], r] = f[2]; cpu[f[1], r] = f[3] + f[4]; peak[f[1], r] = f[5] / 1024
            }
            printf "%-22s %8s %8s %9s %12s %11s\n", "program", "wall s", "CPU s", "peak MiB", "wall, times", "CPU, times"
            for (n = 0; n < names; n++) {
                if (!runs[n]) continue
                for (r = 1; r <= runs[n]; r++) { w[r] = wall[n, r]; c[r] = cpu[n, r]; m[r] = peak[n, r]; rw[r] = wall[n, r] / wall[0, r]; rc[r] = cpu[n, r] / cpu[0, r] }
                printf "%-22s %8.2f %8.2f %9.0f %12.2f %11.2f\n", name[n], median(w, runs[n]), median(c, runs[n]), median(m, runs[n]), median(rw, runs[n]), median(rc, runs[n])
            }
        }'
}

main "$@"
