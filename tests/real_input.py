#!/usr/bin/env python3
"""Runs the main job on real requests: import, collect over HTTP, analyse, export, import again.

    tests/real_input.py path/to/data_full.json [path/to/thumbwheel]

The file is CLINC150 (Larson et al., EMNLP-IJCNLP 2019, CC BY 3.0): 23,700 requests of real people
to a personal assistant, each with its intent. It is not part of this repository. The requests
serve as prompts and the intents as action types. The set has no thumbs, so this script sets them
by a fixed rule: down where the SHA-256 of the request starts with a byte below 32 (one in eight),
or where the request is out of scope ("oos"); up everywhere else.

Needs Python 3.9 and nothing else. Prints one line a step and exits 1 at the first that fails.
"""

import collections
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

ROWS = 23_700


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    rows = read_rows(sys.argv[1])
    check("rows in the file", len(rows), ROWS)
    binary = sys.argv[2] if len(sys.argv) == 3 else "thumbwheel"
    with tempfile.TemporaryDirectory() as folder:
        run_all(rows, binary, pathlib.Path(folder))
    print("everything agrees")


def read_rows(path):
    """One import row for each request, in the order of the file."""
    rows = []
    with open(path, encoding="utf-8") as file:
        splits = json.load(file)
    for split in sorted(splits):
        for utterance, intent in splits[split]:
            number = len(rows)
            digest = hashlib.sha256(utterance.encode()).digest()
            down = intent == "oos" or digest[0] < 32
            rows.append(
                {
                    "message_id": f"clinc-{split}-{number}",
                    "user_id": f"user-{digest[1]}",
                    "feedback": "down" if down else "up",
                    "user_message": utterance,
                    "assistant_response": f"Done: {intent}.",
                    "action_type": intent,
                    "action_data": {"split": split},
                    # One a minute, so that the export has an order of its own.
                    "created_at": time.strftime(
                        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + 60 * number)
                    ),
                }
            )
    return rows


def run_all(rows, binary, folder):
    def thumbwheel(store, *args):
        command = [binary, args[0], "--data", str(folder / store), *args[1:]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} exited {done.returncode}:\n{done.stderr}")
        return done

    source = folder / "clinc.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    start = time.monotonic()
    first = thumbwheel("a", "import", str(source)).stderr
    seconds = time.monotonic() - start
    check("first import", f"{ROWS} new" in first.replace(",", ""), True)
    print(f"  ({seconds:.1f} s, {ROWS / seconds:,.0f} rows/s)")
    again = thumbwheel("a", "import", str(source)).stderr
    check("second import", f"0 new, 0 changed, {ROWS} unchanged" in again, True)

    counted = json.loads(thumbwheel("a", "query", "select count(*) as n from feedback", "--json").stdout)
    check("rows in the mirror", counted["rows"][0]["n"], ROWS)
    approval = json.loads(
        thumbwheel(
            "a",
            "query",
            "select action_type, count(*) as n, count(*) filter (where feedback = 'up') as up "
            "from feedback group by action_type",
            "--json",
        ).stdout
    )
    expected = collections.Counter(row["action_type"] for row in rows)
    ups = collections.Counter(row["action_type"] for row in rows if row["feedback"] == "up")
    found = {row["action_type"]: (row["n"], row["up"]) for row in approval["rows"]}
    check("approval of 151 intents", found, {key: (n, ups[key]) for key, n in expected.items()})

    thumbwheel("a", "export", "--format", "jsonl", "--out", str(folder / "a.jsonl"))
    thumbwheel("b", "import", str(folder / "a.jsonl"))
    thumbwheel("b", "export", "--format", "jsonl", "--out", str(folder / "b.jsonl"))
    same = (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes()
    check("export, imported and exported again, byte for byte", same, True)
    lines = thumbwheel("a", "export").stdout.splitlines()
    check("training lines", len(lines), sum(ups.values()))

    collect(rows, binary, folder / "c", thumbwheel)


def collect(rows, binary, data, thumbwheel):
    """The same over HTTP: responses logged, thumbs given one by one by a running server."""
    key = thumbwheel("c", "key", "create", "--scope", "ingest,read,export").stdout.strip()
    command = [binary, "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = next(
            line.split()[-1] for line in server.stderr if line.startswith("listening on http")
        )
        send = lambda path, body: call(url + path, key, body)  # noqa: E731
        logged = [
            {
                name: row[name]
                for name in ("message_id", "user_message", "assistant_response", "action_type")
            }
            for row in rows
        ]
        for at in range(0, ROWS, 5_000):
            reply = send("/api/responses/batch", logged[at : at + 5_000])
            check("responses logged", reply["accepted"], len(logged[at : at + 5_000]))
        voted = rows[::10]
        start = time.monotonic()
        for row in voted:
            body = {name: row[name] for name in ("message_id", "user_id", "feedback")}
            send("/api/feedback", body)
        seconds = time.monotonic() - start
        print(f"  ({len(voted):,} thumbs one by one, {len(voted) / seconds:,.0f} a second)")
        summary = send("/api/feedback?type=summary", None)["summary"]
        totals = {entry["action_type"]: entry["total_feedback"] for entry in summary}
        check(
            "summary of the thumbs over HTTP",
            totals,
            dict(collections.Counter(row["action_type"] for row in voted)),
        )
        positives = sum(row["feedback"] == "up" for row in voted)
        exported = thumbwheel("c", "export").stdout.splitlines()
        check("training lines from a running server", len(exported), positives)
    finally:
        server.terminate()
        check("the server's exit code", server.wait(30), 0)


def call(url, key, body):
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {str(found)[:300]} instead of {str(expected)[:300]}")
    shown = "" if isinstance(found, (bool, dict)) else f": {found:,}"
    print(f"ok  {what}{shown}")


if __name__ == "__main__":
    main()
