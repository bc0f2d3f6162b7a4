#!/usr/bin/env bash
# The lake beside nfdump: what keeping flows costs, how large they are, how soon questions are answered.
set -euo pipefail

usage() {
    cat <<'USAGE'
Measures, over one capture file and in turn, several rounds, medians:

    benches/lake.sh [--cost] FILE.pcap [ROUNDS]

- the watch with and without the lake, and how many bytes of files it leaves, beside nfpcapd's file through zstd -1;
- questions to a lake of at least ten million flows beside nfdump over the same flows: the capture's own, re-addressed until
  there are as many (nfanon, and the capture watched as often with other addresses).

With --cost, the first alone. ROUNDS is 3 when not given. Needs nfdump and zstd (Debian) and python3. Builds Blueline first; set BLUELINE to measure another
binary. Read the machine's load beside the figures.
USAGE
}

have() { command -v "$1" >/dev/null; }

# Runs "$@" under time; appends "NAME wall cpu MiB" to $scratch/times.
timed() {
    local name=$1
    shift
    if ! /usr/bin/time -f "$name %e %U %S %M" -a -o "$scratch/times" "$@" >"$scratch/out" 2>"$scratch/log"; then
        echo "benches/lake.sh: $name failed: $(tail -n 1 "$scratch/log")" >&2
    fi
}

medians() {
    python3 - "$scratch/times" <<'PY'
import statistics, sys
rows = {}
for line in open(sys.argv[1]):
    name, wall, user, system, peak = line.rsplit(" ", 4)
    rows.setdefault(name, []).append((float(wall), float(user) + float(system), int(peak) / 1024))
print(f"{'what':<34} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}")
for name, runs in rows.items():
    wall, cpu, peak = (statistics.median(column) for column in zip(*runs))
    print(f"{name:<34} {wall:8.2f} {cpu:8.2f} {peak:9.0f}")
PY
}

main() {
    case ${1-} in
    '' | --help | -h) usage && return ;;
    --cost) cost=yes && shift ;;
    esac
    local file=$1 rounds=${2:-3}
    [[ -r $file ]] || { echo "benches/lake.sh: cannot read $file" >&2 && return 2; }
    have nfpcapd && have nfdump && have zstd || { echo "benches/lake.sh: needs nfdump and zstd" >&2 && return 2; }
    local root
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now is meant
    trap "rm -rf '$scratch'" EXIT
    if [[ -z ${BLUELINE-} ]]; then
        cargo build --release --locked -q -p blueline --manifest-path "$root/Cargo.toml"
        BLUELINE=${CARGO_TARGET_DIR:-$root/target}/release/blueline
    fi
    local parties=(--party 'alpha=0.0.0.0/1,2001::/16' --party 'beta=128.0.0.0/1,fe80::/10')
    "$BLUELINE" --quiet init "$scratch/mission" "${parties[@]}"

    cat "$file" >/dev/null # into the page cache
    local round
    for ((round = 0; round < rounds; round++)); do
        timed 'watch, no lake' "$BLUELINE" --quiet watch --mission "$scratch/mission" --no-lake --format json "$file"
        rm -rf "$scratch/mission/data"
        timed 'watch, with the lake' "$BLUELINE" --quiet watch --mission "$scratch/mission" --format json "$file"
        rm -rf "$scratch/nf" && mkdir "$scratch/nf"
        timed 'nfpcapd' nfpcapd -r "$file" -w "$scratch/nf"
    done
    medians
    echo
    local lake nf
    lake=$(find "$scratch/mission/data/lake/flows" -name '*.parquet' -printf '%s\n' | awk '{s += $1} END {print s}')
    nf=$(find "$scratch/nf" -name 'nfcapd.*' -print0 | sort -z | xargs -0 cat | zstd -1 -q | wc -c)
    echo "bytes: the lake $lake, nfpcapd's file through zstd -1 $nf, ratio $(awk "BEGIN {printf \"%.2f\", $lake / $nf}")"
    "$BLUELINE" --quiet lake status --mission "$scratch/mission" | head -n 1

    [[ -z ${cost-} ]] || return 0
    grow "$file"
    : >"$scratch/times"
    local big=$scratch/big.nf
    for ((round = 0; round < rounds; round++)); do
        timed 'nfdump -s srcip/bytes' nfdump -r "$big" -s srcip/bytes -n 10 -q
        timed 'blueline query top-talkers' "$BLUELINE" --quiet query --mission "$scratch/mission" --memory 4GiB top-talkers most=10
        timed 'nfdump -s proto/bytes' nfdump -r "$big" -s proto/bytes -n 10 -q
        timed 'blueline query protocols' "$BLUELINE" --quiet query --mission "$scratch/mission" protocols
        timed 'nfdump -s dstport:p/bytes' nfdump -r "$big" -s dstport:p/bytes -n 20 -q
        timed 'blueline query ports' "$BLUELINE" --quiet query --mission "$scratch/mission" ports
    done
    echo
    medians
    echo "flows: nfdump $(nfdump -r "$big" -s proto/bytes -n 1 2>/dev/null | grep -oE 'total flows: [0-9]+'), lake $("$BLUELINE" --quiet lake status --mission "$scratch/mission" | head -n 1)"
    echo "file: $(basename "$file"), $(stat -c %s "$file") bytes; $rounds rounds; $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
}

# Re-addresses the capture and watches it again until the lake holds ten million rows; the same with nfdump's file.
grow() {
    local copy=0 rows
    while :; do
        rows=$("$BLUELINE" --quiet lake status --mission "$scratch/mission" | grep -oE '[0-9]+ rows' | tr -dc 0-9)
        ((rows < 10000000 && copy < 12)) || break
        copy=$((copy + 1))
        python3 "$root/benches/readdress.py" "$1" "$copy" >"$scratch/copy.pcap"
        "$BLUELINE" --quiet watch --mission "$scratch/mission" --format json "$scratch/copy.pcap" >/dev/null
        nfpcapd -r "$scratch/copy.pcap" -w "$scratch/nf" >/dev/null 2>&1
        rm -f "$scratch/copy.pcap"
    done
    nfdump -R "$scratch/nf" -w "$scratch/big.nf" >/dev/null 2>&1
}

main "$@"
