#!/bin/sh
# Fetches the npm packages that tests need: exactly those of package-lock.json beside this file.
#
# Prints the folder that holds node_modules on stdout; all talk goes to stderr. They are fetched
# once for each lock file and moved into place in one step, so several calls at once, or one that
# is interrupted, never leave half of them. No script of a package is run.
#
# After a change of package.json:
#   npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
#
# Exit codes: 0 ready; 3 not possible here: no npm, or it cannot fetch; 1 anything else.
set -eu

say() { echo "node: $*" >&2; }

here=$(cd "$(dirname "$0")" && pwd)
for tool in node npm; do
    command -v "$tool" >/dev/null 2>&1 || { say "$tool is not installed"; exit 3; }
done
lock=$(node -e '
    const lock = require("fs").readFileSync(process.argv[1]);
    console.log(require("crypto").createHash("sha256").update(lock).digest("hex").slice(0, 12));
' "$here/package-lock.json")

cache=${THUMBWHEEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/thumbwheel}
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
    cache=$(cd "$here/../.." && pwd)/target
    mkdir -p "$cache"
fi
folder=$cache/node-$lock

if [ ! -d "$folder" ]; then
    work=$(mktemp -d "$cache/.node.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    cp "$here/package.json" "$here/package-lock.json" "$work/"
    say "fetching the packages of tests/node with npm (40 MB, usually under a minute)"
    npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --loglevel=error >&2 || { say "npm cannot fetch them"; exit 3; }
    # Whoever comes first wins; mv would move into a folder that is already there.
    node -e 'require("fs").renameSync(...process.argv.slice(1))' "$work" "$folder" 2>/dev/null ||
        [ -d "$folder" ] || { say "cannot move them to $folder"; exit 1; }
    say "ready in $folder"
fi
echo "$folder"
