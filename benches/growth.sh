#!/usr/bin/env bash
# How cost and memory grow with the length of a capture: cost should be a straight line, memory flat.
set -euo pipefail

usage() {
    cat <<'USAGE'
Makes captures of 1, 2, 4, 7 and 10 minutes of the same traffic (half of the packets a flood of sources that are seen once),
watches each with everything on, and prints packets, CPU seconds, seconds a million packets, and peak memory.

    benches/growth.sh [PICTURE.svg] [ROUNDS]

PICTURE.svg, where given, is drawn from the figures. ROUNDS is 3 when not given; the median counts. Builds Blueline first;
set BLUELINE to measure another binary. Needs 4 GiB in the folder for temporary files.
USAGE
}

main() {
    case ${1-} in
    --help | -h) usage && return ;;
    esac
    local picture=${1-} rounds=${2:-3} root scratch
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now is meant
    trap "rm -rf '$scratch'" EXIT
    if [[ -z ${BLUELINE-} ]]; then
        cargo build --release --locked -q -p blueline --manifest-path "$root/Cargo.toml"
        BLUELINE=${CARGO_TARGET_DIR:-$root/target}/release/blueline
    fi
    "$BLUELINE" --quiet init "$scratch/mission" --party north=198.18.0.0/16 --party south=198.19.0.0/16

    local minutes round
    for minutes in 1 2 4 7 10; do
        scenario "$minutes" >"$scratch/scenario.toml"
        "$BLUELINE" --quiet exercise generate "$scratch/scenario.toml" --out "$scratch/$minutes" >/dev/null
        local file=$scratch/$minutes/gate.pcap
        cat "$file" >/dev/null # into the page cache
        for ((round = 0; round < rounds; round++)); do
            /usr/bin/time -f "%U %S %M" -o "$scratch/time" \
                "$BLUELINE" --quiet watch --mission "$scratch/mission" --no-custody --format json "$file" >"$scratch/lines"
            echo "$minutes $(tail -n 1 "$scratch/lines" | grep -o '"packets":[0-9]*' | head -n 1 | cut -d: -f2) $(cat "$scratch/time")"
        done >>"$scratch/figures"
        rm -r "${scratch:?}/$minutes"
    done
    medians "$scratch/figures" | tee "$scratch/medians"
    echo "$rounds rounds; $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
    if [[ -n $picture ]]; then
        draw "$scratch/medians" >"$picture"
    fi
}

# The same traffic for so many minutes.
scenario() {
    cat <<SCENARIO
title = "Growth"
seed = 1
start = "2026-03-01T00:00:00Z"
duration = "${1}m"
period = "1m"
[world]
prefixes = ["44.0.0.0/8"]
hosts = 2000
servers = 200
[[party]]
id = "north"
prefixes = ["198.18.0.0/16"]
hosts = 500
servers = 40
[[party]]
id = "south"
prefixes = ["198.19.0.0/16"]
hosts = 500
servers = 40
[[sensor]]
id = "gate"
sees = [["north", "south"], ["north", "world"], ["south", "world"]]
format = "pcap"
[[traffic]]
kind = "web"
from = "north"
to = "south"
per_minute = 6000
[[traffic]]
kind = "dns"
from = "south"
to = "world"
per_minute = 12000
[[flood]]
id = "spoofed"
vector = "syn"
to = "south"
port = 443
start = "0s"
duration = "${1}m"
packets_per_second = 8000
packets = $(($1 * 480000))
sources = $(($1 * 480000))
SCENARIO
}

# By length: packets, median CPU seconds, seconds a million packets, median peak in MiB.
medians() {
    sort -n -k1,1 "$1" | awk '
        function median(list, count,    i, j, t) {
            for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
            return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
        }
        function tell() {
            c = median(cpu, runs)
            printf "%7d %10d %8.2f %14.3f %9.0f\n", minutes, packets, c, c / packets * 1e6, median(peak, runs)
        }
        BEGIN { printf "%7s %10s %8s %14s %9s\n", "minutes", "packets", "CPU s", "s a million", "peak MiB" }
        NR > 1 && $1 != minutes { tell(); runs = 0 }
        { minutes = $1; packets = $2; runs++; cpu[runs] = $3 + $4; peak[runs] = $5 / 1024 }
        END { tell() }'
}

# Two panels side by side, each from zero: a straight line shows as one.
draw() {
    awk '
        NR > 1 { n++; packets[n] = $2; value["cpu", n] = $3; value["peak", n] = $5 }
        function top(key,    i, most, step) {
            for (i = 1; i <= n; i++) if (value[key, i] > most) most = value[key, i]
            step = 10 ^ int(log(most) / log(10)); if (step > most) step /= 10
            return (int(most / step) + 1) * step
        }
        function panel(key, title, unit, left,    i, most, widest, x, y, path) {
            most = top(key); widest = packets[n]
            printf "<text x=\"%d\" y=\"24\" class=\"t\">%s</text>\n", left, title
            for (i = 0; i <= 4; i++) {
                y = 240 - i * 48
                printf "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" class=\"g\"/><text x=\"%d\" y=\"%d\" class=\"l\" text-anchor=\"end\">%g</text>\n", left, left + 280, y, y, left - 6, y + 4, most * i / 4
            }
            for (i = 1; i <= n; i++) {
                x = left + 280 * packets[i] / widest; y = 240 - 192 * value[key, i] / most
                path = path (i == 1 ? "M" : "L") sprintf("%.1f %.1f", x, y)
                dots = dots sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"p\"><title>%.1f million packets: %g %s</title></circle>", x, y, packets[i] / 1e6, value[key, i], unit)
                printf "<text x=\"%.1f\" y=\"258\" class=\"l\" text-anchor=\"middle\">%.1f</text>\n", x, packets[i] / 1e6
            }
            printf "<path d=\"%s\" class=\"c\"/>%s\n", path, dots; dots = ""
            printf "<text x=\"%d\" y=\"278\" class=\"l\" text-anchor=\"middle\">million packets</text>\n", left + 140
        }
        END {
            print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 290\" role=\"img\" aria-label=\"CPU seconds and peak memory by packets\">"
            print "<style>text{font-family:sans-serif;fill:#5b6470}.t{font-size:15px;font-weight:600}.l{font-size:11px}.g{stroke:#8888;stroke-width:.5}.c{fill:none;stroke:#1f6feb;stroke-width:2}.p{fill:#1f6feb}</style>"
            panel("cpu", "CPU seconds, both threads", "s", 50)
            panel("peak", "Peak memory, MiB (bound: 1024)", "MiB", 420)
            print "</svg>"
        }' "$1"
}

main "$@"
