#!/bin/sh
# Readies what the tests need beside Rust: Python, Chromium, and the npm packages beside this file.
#
# Installs Debian's packages where that is possible. What cannot be had is left out of the tests:
# prints the settings for that on stdout, for `eval`; all talk goes to stderr.
set -eu

say() { echo "make: $*" >&2; }

here=$(cd "$(dirname "$0")" && pwd)

# some_of COMMAND...: whether one of them is installed.
some_of() {
    for name in "$@"; do
        ! command -v "$name" >/dev/null 2>&1 || return 0
    done
    return 1
}

# install PACKAGE...: as far as this machine and whoever uses it allow that.
install() {
    [ "$(id -u)" = 0 ] && some_of apt-get || return 1
    say "installing $*"
    {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >&2
}

# leave_out BROWSER|NODE WHY
leave_out() {
    say "tests that need $2 are left out"
    echo "export THUMBWHEEL_WITHOUT_$1=1"
}

some_of python3 || install python3 || say "the recipes need Python (apt-get install python3)"

if [ "${THUMBWHEEL_WITHOUT_BROWSER:-}" != 1 ]; then
    [ -n "${CHROMIUM:-}" ] ||
        some_of chromium chromium-browser google-chrome google-chrome-stable ||
        install chromium || leave_out BROWSER "a browser (apt-get install chromium)"
fi

if [ "${THUMBWHEEL_WITHOUT_NODE:-}" != 1 ]; then
    some_of npm || install nodejs npm || true
    status=0
    "$here/modules.sh" >/dev/null || status=$?
    case $status in
    0) ;;
    3) leave_out NODE "npm packages (apt-get install nodejs npm, and a registry in reach)" ;;
    *) exit "$status" ;;
    esac
fi
