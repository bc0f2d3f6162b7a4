#!/usr/bin/env bash
# What detection costs: the same watch with detectors and without, and with one detector at a time.
set -euo pipefail

usage() {
    cat <<'USAGE'
Watches one capture in turn without detectors, with all of them, and with each one alone, several rounds; prints the median
CPU seconds, wall seconds and peak memory of each, and the medians of the round-by-round ratios to the watch without.

    benches/detect.sh FILE.pcap [ROUNDS] [THREADS]

ROUNDS is 5 when not given, THREADS 2. "none" runs the detectors' runner with nothing in it: what it costs to tell what live
flows did each second. Builds Blueline first; set BLUELINE to measure another binary. Read the machine's load beside the figures.
USAGE
}

main() {
    case ${1-} in
    '' | --help | -h) usage && return ;;
    esac
    local file=$1 rounds=${2:-5} threads=${3:-2} root scratch
    [[ -r $file ]] || { echo "benches/detect.sh: cannot read $file" >&2 && return 2; }
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now is meant
    trap "rm -rf '$scratch'" EXIT
    if [[ -z ${BLUELINE-} ]]; then
        cargo build --release --locked -q -p blueline --manifest-path "$root/Cargo.toml"
        BLUELINE=${CARGO_TARGET_DIR:-$root/target}/release/blueline
    fi

    local detectors=() names=('without detection' 'all detectors' none) detector
    mapfile -t detectors < <("$BLUELINE" --quiet detector list | awk 'NF && $1 != "detector" { print $1 }')
    names+=("${detectors[@]}")
    local name
    for name in "${names[@]}"; do
        "$BLUELINE" --quiet init "$scratch/$name" --party alpha=0.0.0.0/1,2001::/16 --party beta=128.0.0.0/1,fe80::/10
        case $name in
        'without detection' | 'all detectors') ;;
        *)
            for detector in "${detectors[@]}"; do
                [[ $detector == "$name" ]] || echo "$detector"
            done | sed 's/.*/"&",/' | { echo 'off = [' && cat && echo ']'; } >"$scratch/$name/detectors.toml"
            ;;
        esac
    done

    cat "$file" >/dev/null # into the page cache
    local round n
    for ((round = 0; round < rounds; round++)); do
        for n in "${!names[@]}"; do
            name=${names[n]}
            local options=(--threads "$threads" --no-custody --format json)
            [[ $name != 'without detection' ]] || options+=(--no-detect)
            /usr/bin/time -f "$n %e %U %S %M" -a -o "$scratch/times" \
                "$BLUELINE" --quiet watch --mission "$scratch/$name" "${options[@]}" "$file" >/dev/null
        done
    done
    table "$scratch/times" "${names[@]}"
    echo "file: $(basename "$file"), $(stat -c %s "$file") bytes; $threads threads; $rounds rounds; $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
}

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
                split(line, f, " ")
                r = ++runs[f[1]]; wall[f[1], r] = f[2]; cpu[f[1], r] = f[3] + f[4]; peak[f[1], r] = f[5] / 1024
            }
            printf "%-20s %8s %8s %9s %12s %11s\n", "detectors", "wall s", "CPU s", "peak MiB", "wall, times", "CPU, times"
            for (n = 0; n < names; n++) {
                for (r = 1; r <= runs[n]; r++) { w[r] = wall[n, r]; c[r] = cpu[n, r]; m[r] = peak[n, r]; rw[r] = wall[n, r] / wall[0, r]; rc[r] = cpu[n, r] / cpu[0, r] }
                printf "%-20s %8.2f %8.2f %9.0f %12.2f %11.2f\n", name[n], median(w, runs[n]), median(c, runs[n]), median(m, runs[n]), median(rw, runs[n]), median(rc, runs[n])
            }
        }'
}

main "$@"
