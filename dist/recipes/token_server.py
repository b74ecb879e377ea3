"""A page with thumbs from a Python server that signs the tokens itself, without any call.

Put it beside feedback_token.py. In the environment: THUMBWHEEL_URL, THUMBWHEEL_SIGNING_KEY
(thumbwheel key create --signing) and, if it is not 8000, PORT. To change: where answers and
users come from.
"""

import os
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from feedback_token import feedback_token

URL = os.environ.get("THUMBWHEEL_URL", "http://127.0.0.1:8945").rstrip("/")
SIGNING_KEY = os.environ["THUMBWHEEL_SIGNING_KEY"]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>An answer</title>
<script type="module" src="{url}/w/v1.js"></script>
<main><h1>An answer</h1><p id="answer">{answer}</p>
<thumbs-feedback token="{token}" for="answer"></thumbs-feedback></main></html>"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        # Yours: the answer with its id, and the user of this session.
        message_id, answer, user_id = "c-1", "Milk & bread.", "ana"
        token = feedback_token(SIGNING_KEY, message_id, user_id)
        page = PAGE.format(url=escape(URL), answer=escape(answer), token=token).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")  # the token is for this user alone
        self.end_headers()
        self.wfile.write(page)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Page)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
