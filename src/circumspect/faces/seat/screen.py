"""Serve the seat's pages to this machine, and to nothing else.

Whoever works here could reach these addresses too, and so could a page they visit. So a post needs the token
of a page that was served here, the right host, and no foreign origin. Nothing is logged and nothing stored.
"""

from __future__ import annotations

import hmac
import json
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from circumspect.faces.seat import clock, pages
from circumspect.faces.seat.kiosk import Kiosk
from circumspect.faces.seat.words import LANGUAGES

_MOST_BYTES = 4_096
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Screen:
    """The seat's own little web server."""

    def __init__(self, kiosk: Kiosk, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self.language = "en"
        self.kiosk = kiosk
        screen = self

        class Handler(_Handler):
            pass

        Handler.screen = screen
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.address = f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Serve from now on."""
        Thread(target=self._server.serve_forever, name="screen", daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    screen: Screen
    server_version = "seat"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        """Show a page, or say whether it has to be drawn anew."""
        parts = urlsplit(self.path)
        kiosk = self.screen.kiosk
        if not self._is_ours():
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "")
        elif parts.path == "/":
            wanted = parse_qs(parts.query).get("language", [""])[0]
            if wanted in LANGUAGES:
                self.screen.language = wanted
            text = pages.page(kiosk.shown, self.screen.language, self.screen.token)
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", text)
        elif parts.path == "/state":
            shown = kiosk.shown
            answer = {
                "screen": shown.screen.value,
                "minutes": clock.minutes_shown(shown.seconds_left),
                "mark": pages.mark(shown),
            }
            self._send(HTTPStatus.OK, "application/json", json.dumps(answer))
        elif parts.path == "/seat.css":
            self._send(HTTPStatus.OK, "text/css; charset=utf-8", pages.style())
        elif parts.path == "/seat.js":
            self._send(HTTPStatus.OK, "text/javascript; charset=utf-8", pages.script())
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "")

    def do_POST(self) -> None:
        """Sign in, go on, or end."""
        form = self._form()
        given = form.get("token", "").encode("utf-8", "replace")
        if not self._is_ours() or not hmac.compare_digest(given, self.screen.token.encode()):
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "")
            return
        kiosk = self.screen.kiosk
        if self.path == "/sign-in":
            kiosk.sign_in(
                card=form.get("card", ""),
                pin=form.get("pin", ""),
                code=form.get("pass", ""),
                ticket=form.get("ticket", ""),
            )
        elif self.path == "/extend":
            kiosk.extend()
        elif self.path == "/end":
            kiosk.end()
            self.screen.language = "en"  # the next one may speak another
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "")
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self._finish("")

    def _is_ours(self) -> bool:
        """By a browser of this machine, under the name we gave it, and not for a page from elsewhere."""
        here = f"127.0.0.1:{self.screen.port}"
        origin = self.headers.get("Origin")
        return self.headers.get("Host") == here and origin in (None, f"http://{here}")

    def _form(self) -> dict[str, str]:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > _MOST_BYTES:
            return {}
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        return {name: values[0][:64] for name, values in parse_qs(body, max_num_fields=10).items()}

    def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self._finish(text)

    def _finish(self, text: str) -> None:
        raw = text.encode()
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address here may hold what somebody chose."""
