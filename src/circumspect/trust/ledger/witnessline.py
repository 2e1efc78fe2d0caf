"""The line to a witness, both ends: the witness's small server, and the library's question to it.

What travels is public: tree heads, proofs and signatures. A witness that does not answer, or answers
nonsense, changes nothing here; it is tried again at the next checkpoint.

Source: C2SP tlog-witness (``POST /add-checkpoint``).
"""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from circumspect.trust.ledger.checkpoint import PublicKey
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.ledger.witness import SIZE_TYPE, Witness

if TYPE_CHECKING:
    # A witness has no database: its program starts without the ledger's tables.
    from circumspect.trust.ledger.store import Ledger

PATH = "/add-checkpoint"
MAX_REQUEST = 100_000
_SECONDS = 15


class UnwitnessedError(LedgerError):
    """A witness could not be reached, or would not sign. The message says which of them and why."""


def server(witness: Witness, host: str, port: int) -> HTTPServer:
    """A server for one witness; ``serve_forever`` runs it. It keeps no log."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS
        server_version = "circumspect-witness"
        sys_version = ""

        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("Content-Length", ""))
            except ValueError:
                length = -1
            if self.path != PATH:
                self._say(404, "there is only /add-checkpoint\n")
            elif not 0 <= length <= MAX_REQUEST:
                self._say(
                    413 if length > MAX_REQUEST else 411, "the request must say its length, and be short\n"
                )
            else:
                try:
                    answer = witness.add_checkpoint(self.rfile.read(length).decode("utf-8"))
                except UnicodeDecodeError:
                    self._say(400, "the request is not UTF-8\n")
                except Exception:  # noqa: BLE001 - whatever goes wrong, nothing is signed
                    self._say(500, "the witness cannot sign now\n")
                else:
                    self._say(answer.status, answer.text)

        def do_GET(self) -> None:
            if self.path == "/":
                self._say(200, witness.vkey + "\n")
            else:
                self._say(404, "there is only /add-checkpoint\n")

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

        def _say(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            sized = status == 409 and text.strip().isdecimal()
            self.send_header("Content-Type", SIZE_TYPE if sized else "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

    return HTTPServer((host, port), Handler)


def ask(ledger: Ledger, witness: PublicKey, url: str) -> int:
    """Have the latest checkpoint cosigned; how many entries the witness now covers.

    Raises:
        UnwitnessedError: It did not sign.
        LedgerError: There is nothing to sign, or what it signed cannot be kept.
    """
    old = ledger.cosigned_size(witness)
    status, text = _post(url, ledger.witness_request(old))
    if status == 409 and text.strip().isdecimal() and len(text) < 22:
        # It stands elsewhere than we thought, such as after an answer that was lost on its way.
        status, text = _post(url, ledger.witness_request(int(text)))
    if status != 200:
        raise UnwitnessedError(f"{witness.name} did not sign ({status}): {text.strip()[:200]}")
    return ledger.keep_cosignature(text, witness)


def _post(url: str, request: str) -> tuple[int, str]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise UnwitnessedError("a witness's address begins with http:// or https://")
    call = urllib.request.Request(  # noqa: S310 - the scheme was just looked at
        url.rstrip("/") + PATH, request.encode(), {"Content-Type": "text/plain; charset=utf-8"}
    )
    try:
        with urllib.request.urlopen(call, timeout=_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read(MAX_REQUEST).decode("utf-8", "replace")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(MAX_REQUEST).decode("utf-8", "replace")
    except OSError as problem:
        raise UnwitnessedError(f"the witness at {parts.netloc} cannot be reached: {problem}") from None
