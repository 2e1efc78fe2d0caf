"""The line to the server: one question, one answer, or it is down.

Each question is a post of its own with the seat's key. No redirect is followed, for the key would go along; no
proxy is asked. Whatever is not a plain answer counts as a line that is down. Nothing is written down.
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any

from circumspect.faces.seat.settings import Settings

_MOST_BYTES = 65_536
_TIMEOUT_SECONDS = 10.0


class LineDownError(Exception):
    """The server did not answer as it should: it is away, refuses this seat, or cannot work.

    Attributes:
        is_refused: The server answered, and does not know this seat's key.
    """

    def __init__(self, *, is_refused: bool = False) -> None:
        super().__init__("the server does not know this seat" if is_refused else "the server does not answer")
        self.is_refused = is_refused


class Line:
    """Asks the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context(cafile=settings.ca_file or None) if settings.tls else None

    def ask(self, act: str, **words: str) -> dict[str, Any]:
        """Ask one thing, such as "status" or "sign-in".

        Raises:
            LineDownError: There was no plain answer.
        """
        body = json.dumps(words).encode()
        headers = {
            "Authorization": f"Bearer {self._settings.key}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        connection = self._connection()
        try:
            connection.request("POST", f"/seats/{act}/", body, headers)
            response = connection.getresponse()
            raw = response.read(_MOST_BYTES)
            if response.status == 401:
                raise LineDownError(is_refused=True)
            answer = json.loads(raw) if response.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            raise LineDownError from None
        finally:
            connection.close()
        if not isinstance(answer, dict) or not isinstance(answer.get("state"), str):
            raise LineDownError
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        where = self._settings
        if self._tls is not None:
            return http.client.HTTPSConnection(
                where.host, where.port, timeout=_TIMEOUT_SECONDS, context=self._tls
            )
        return http.client.HTTPConnection(where.host, where.port, timeout=_TIMEOUT_SECONDS)
