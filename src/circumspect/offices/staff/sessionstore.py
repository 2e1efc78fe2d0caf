"""Where staff's sessions rest: under a digest of what the cookie holds, so that a copied row lets nobody in.

Django's own store keeps the cookie's value itself: whoever can read the records database, or a copy that was just made, would
be whoever is at work, without a password or a second factor. Named in the settings as ``SESSION_ENGINE``.

Source: guarantee 1; clause MP-7.10.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as _PlainStore
from django.utils import timezone

# As long as the column is: 160 bits of a digest of a value that holds more than that.
_DIGITS = 40


def row_key(session_key: str | None) -> str:
    """What is stored of a session's key; "" for none."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:_DIGITS] if session_key else ""


class SessionStore(_PlainStore):
    """A session by the key that its cookie holds."""

    # One for both classes: what one has written, the other reads.
    key_salt = "circumspect.offices.staff.sessionstore"

    def exists(self, session_key: str) -> bool:
        """Whether there is a session of this key."""
        return super().exists(self._row(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row as it is written."""
        row = super().create_model_instance(data)
        row.session_key = self._row(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session; this one where none is named."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(self._row(key))

    def _get_session_from_db(self) -> Any:
        rows = self.model.objects.filter(
            session_key=self._row(self.session_key), expire_date__gt=timezone.now()
        )
        row = rows.first()
        if row is None:
            self._session_key = None
        return row

    def _row(self, session_key: str | None) -> str:
        return row_key(session_key)


class StoredSession(SessionStore):
    """A session by what is stored of its key: to end the one that somebody left open elsewhere."""

    def _row(self, session_key: str | None) -> str:
        return session_key or ""
