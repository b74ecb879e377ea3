"""Text for an e-mail or a Slack message, with a link behind which a user rates an answer.

    python3 link.py c-1 ana            for an e-mail
    python3 link.py c-1 ana --slack    for Slack (mrkdwn)

In the environment: THUMBWHEEL_URL, as users reach it, and THUMBWHEEL_KEY
(thumbwheel key create --scope ingest).
The server makes the token, so that the link holds no user id, only its keyed hash.
To change: the words.
"""

import argparse, json, os, sys, urllib.error, urllib.request


def link(url, key, message_id, user_id, days):
    """The address of a page on which this user rates this answer; opening it writes nothing."""
    body = json.dumps({"message_id": message_id, "user_id": user_id, "days": days}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/tokens", body, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return f"{url}/rate#{json.load(reply)['token']}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask a user for feedback in a message.")
    parser.add_argument("message_id", help="your id of the answer")
    parser.add_argument("user_id", help="your id of the user")
    parser.add_argument("--days", type=int, default=14, help="until the link ends")
    parser.add_argument("--slack", action="store_true", help="print Slack mrkdwn")
    asked = parser.parse_args()
    url = os.environ.get("THUMBWHEEL_URL", "http://127.0.0.1:8945").rstrip("/")
    try:
        to = link(url, os.environ["THUMBWHEEL_KEY"], asked.message_id, asked.user_id, asked.days)
    except urllib.error.HTTPError as error:
        sys.exit(f"thumbwheel: {error.code} {error.read().decode()}")
    except KeyError:
        sys.exit("thumbwheel: set THUMBWHEEL_KEY to a key with the scope ingest")
    except OSError as error:
        sys.exit(f"thumbwheel: {error}")
    print(f"<{to}|Was this answer helpful?>" if asked.slack else f"Was this answer helpful? {to}")
