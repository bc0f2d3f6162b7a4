#!/usr/bin/env bash
# Passes all tests on a Debian 12 or 13 machine that has Rust and a C compiler: installs what tests compare against, then
# runs them. What cannot be installed is named, and the tests that need it say that they skipped.
set -euo pipefail

usage() {
    cat <<'USAGE'
Runs every test of the workspace, after installing the programs that tests compare Blueline with.

    scripts/test.sh [--no-install] [-- CARGO-TEST-ARGUMENT...]

    --no-install   install nothing; tests that need a missing program say that they skipped
    --help         this text

Needs Rust (rustup, stable) and a C compiler. Installs from Debian: tshark, wireshark-common, tcpdump, iproute2, zstd,
as root, or with sudo where it is there; and from PyPI, into a folder of its own below ~/.cache/blueline: duckdb, pyarrow and
moto, an S3 server. Set BLUELINE_PYTHON to use a Python that has them.
USAGE
}

# The program that a test runs, and the Debian package that holds it.
needed=(
    tshark:tshark
    capinfos:wireshark-common
    tcpdump:tcpdump
    ip:iproute2
    zstd:zstd
)

# Packages of PyPI that read the lake beside us, and an S3 server to keep it on. Pinned: what others do is not ours to test.
python_packages=(duckdb==2.0.1 pyarrow==26.0.1 'moto[server]==5.2.5')

main() {
    local install=yes
    while (($#)); do
        case $1 in
        --no-install) install=no ;;
        --help | -h) usage && return ;;
        --) shift && break ;;
        *) usage >&2 && echo "scripts/test.sh: there is no option $1" >&2 && return 2 ;;
        esac
        shift
    done

    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    # rustup puts cargo where a new shell finds it; Debian puts ip and tcpdump where only root's shell does.
    PATH=$PATH:${HOME:-/nonexistent}/.cargo/bin:/usr/sbin:/sbin

    require cargo 'install Rust from https://rustup.rs'
    require cc 'install a C compiler: apt-get install gcc libc6-dev'
    if [[ $install == yes ]]; then
        install_missing
        install_python
    fi
    name_missing
    cargo test --workspace --locked "$@" </dev/null
}

require() {
    if ! command -v "$1" >/dev/null; then
        echo "scripts/test.sh: $1 is not there; $2" >&2
        exit 2
    fi
}

# The packages of the programs that are not there, one a line.
missing_packages() {
    local pair
    for pair in "${needed[@]}"; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
}

name_missing() {
    local pair
    for pair in "${needed[@]}"; do
        command -v "${pair%%:*}" >/dev/null ||
            echo "note: ${pair%%:*} is not there (Debian package ${pair##*:}); tests that need it will say that they skipped"
    done
}

# A Python with the packages; sets BLUELINE_PYTHON where there is one.
install_python() {
    [[ -z ${BLUELINE_PYTHON-} ]] || return 0
    local folder=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/blueline/python
    local wanted="${python_packages[*]}"
    if [[ $(cat "$folder/.holds" 2>/dev/null || true) != "$wanted" ]]; then
        echo "installing $wanted"
        if ! { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check \
            "${python_packages[@]}" </dev/null && echo "$wanted" >"$folder/.holds"; }; then
            echo "note: pip could not install $wanted; tests that need them will say that they skipped"
            return 0
        fi
    fi
    export BLUELINE_PYTHON=$folder/bin/python
}

install_missing() {
    local packages
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        echo "note: no apt-get here; install by hand what is missing: ${packages[*]}"
        return 0
    fi
    local as_root=()
    if ((EUID != 0)); then
        as_root=(sudo)
        # Nobody is there to type a password when standard input is not a terminal.
        [[ -t 0 ]] || as_root+=(-n)
        if ! command -v sudo >/dev/null || ! "${as_root[@]}" true; then
            echo "note: not root and no sudo; nothing is installed"
            return 0
        fi
    fi
    echo "installing ${packages[*]}"
    apt_install "${packages[@]}" || echo "note: apt-get could not install ${packages[*]}"
}

apt_install() {
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq
        -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=30)
    # Without an answer, wireshark-common asks whether ordinary users may capture. They need not: tests read files.
    if command -v debconf-set-selections >/dev/null; then
        echo 'wireshark-common wireshark-common/install-setuid boolean false' |
            "${as_root[@]}" debconf-set-selections || return
    fi
    "${apt[@]}" update </dev/null || return
    "${apt[@]}" install --yes --no-install-recommends "$@" </dev/null >/dev/null
}

main "$@"
