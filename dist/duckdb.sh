#!/bin/sh
# Fetches the prebuilt DuckDB library that development and tests link against.
#
# Prints the folder with libduckdb.so on stdout; all talk goes to stderr. The library is fetched
# once, checked against the digest below on every call, and moved into place in one step, so
# several calls at once, or one that is interrupted, never leave half a file.
#
# Exit codes: 0 ready; 3 no prebuilt library here, compile DuckDB instead; 1 anything else.
set -eu

version=1.5.6
npm_package=@duckdb/node-bindings-linux-x64@$version-r.1
npm_sha512=21772b64913a904a8cd19e30c1d5671811d7fdface4b7dd53cd0300d743f43e16cf386f4e7c41ef78721ac208870d2651bc6375072145387817824315b998dd5
archive=https://github.com/duckdb/duckdb/releases/download/v$version/libduckdb-linux-amd64.zip
# The npm package holds the library of the official archive, so one digest serves both. The
# archive itself has no pin: what comes out of it must match this or is thrown away.
library_sha256=3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633

say() { echo "duckdb: $*" >&2; }

# digest 256|512 FILE: its SHA-2 digest in hex, with whatever tool this machine has.
digest() {
    if command -v "sha$1sum" >/dev/null 2>&1; then
        "sha$1sum" "$2" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a "$1" "$2" | cut -d ' ' -f 1
    elif command -v node >/dev/null 2>&1; then
        node -e 'const [bits, file] = process.argv.slice(1);
            const hash = require("crypto").createHash("sha" + bits);
            console.log(hash.update(require("fs").readFileSync(file)).digest("hex"))' "$1" "$2"
    else
        say "cannot check a digest: install sha256sum (coreutils), shasum or node"
        exit 1
    fi
}

is_our_library() { [ -f "$1" ] && [ "$(digest 256 "$1")" = "$library_sha256" ]; }

# patiently COMMAND...: runs it with a sign of life every five seconds. The ticker ends with us.
patiently() {
    (
        seconds=0
        while sleep 1 && kill -0 $$ 2>/dev/null; do
            seconds=$((seconds + 1))
            [ $((seconds % 5)) -ne 0 ] || say "still fetching after $seconds s"
        done
    ) >&2 &
    ticker=$!
    status=0
    "$@" || status=$?
    kill "$ticker" 2>/dev/null || true
    return "$status"
}

# Both sources leave $work/libduckdb.so, or fail.
from_npm() {
    command -v npm >/dev/null 2>&1 || { say "npm is not installed"; return 1; }
    say "fetching $npm_package with npm (25 MB, usually under a minute)"
    (cd "$work" && patiently npm pack --loglevel=error "$npm_package" >/dev/null) || return 1
    set -- "$work"/*.tgz
    if [ ! -f "$1" ] || [ "$(digest 512 "$1")" != "$npm_sha512" ]; then
        say "the package from npm is not the one pinned here: not used"
        return 1
    fi
    tar -xzmf "$1" -C "$work" package/libduckdb.so && mv "$work/package/libduckdb.so" "$work/"
}

from_archive() {
    command -v curl >/dev/null 2>&1 || { say "curl is not installed"; return 1; }
    command -v unzip >/dev/null 2>&1 || { say "unzip is not installed"; return 1; }
    say "fetching the official archive with curl"
    curl -fL --progress-bar --connect-timeout 10 --max-time 600 -o "$work/duckdb.zip" "$archive" &&
        unzip -p "$work/duckdb.zip" libduckdb.so >"$work/libduckdb.so"
}

fetch() {
    for source in from_npm from_archive; do
        if "$source" && is_our_library "$work/libduckdb.so"; then
            mv -f "$work/libduckdb.so" "$folder/libduckdb.so"
            return 0
        fi
        rm -rf "${work:?}"/*
    done
    return 1
}

# A library that you brought yourself is used as it is.
if [ -n "${DUCKDB_LIB_DIR:-}" ]; then
    if [ ! -f "$DUCKDB_LIB_DIR/libduckdb.so" ] && [ ! -f "$DUCKDB_LIB_DIR/libduckdb.dylib" ]; then
        say "DUCKDB_LIB_DIR is $DUCKDB_LIB_DIR, but no libduckdb lies there"
        exit 1
    fi
    echo "$DUCKDB_LIB_DIR"
    exit 0
fi

machine="$(uname -s) $(uname -m)"
if [ "$machine" != "Linux x86_64" ] || ldd --version 2>&1 | grep -qi musl; then
    say "no pinned prebuilt library for this machine ($machine; only Linux x86_64 with glibc has one)"
    exit 3
fi

cache=${THUMBWHEEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/thumbwheel}
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
    cache=$(cd "$(dirname "$0")/.." && pwd)/target
fi
folder=$cache/duckdb-$version
mkdir -p "$folder"

if ! is_our_library "$folder/libduckdb.so"; then
    [ ! -e "$folder/libduckdb.so" ] || say "the cached library is damaged: fetching it again"
    work=$(mktemp -d "$folder/.fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    fetch || {
        say "no source gave the pinned library"
        exit 3
    }
    say "ready in $folder"
fi
echo "$folder"
