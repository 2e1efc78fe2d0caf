"""Files that are sent with a form are taken into memory: what somebody sends lies on no disk before it is sealed.

Django would write whatever is larger than 2.5 MB into the temporary folder, in the clear, and delete it afterwards, which
overwrites nothing. Here a request that is too large to be held is not read at all: so nobody fills memory or disk either.

Source: guarantee 1; clauses TH-1.11, TH-4.1.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

from circumspect.offices.privacydesk.cases import MOST_PAPER_BYTES, MOST_PAPERS
from circumspect.offices.staff.sessions import STATE_KEY
from circumspect.records.inquiries.rules import FILE_MOST_BYTES, MOST_FILES

# The other fields of a form, and the lines between its parts.
_BESIDES = 200_000
# What anybody may send: a letter with its files.
MOST_BYTES = MOST_FILES * FILE_MOST_BYTES + _BESIDES
# What somebody who is signed in at the desk may: a request about a patron with all its papers.
MOST_BYTES_OF_STAFF = MOST_PAPERS * MOST_PAPER_BYTES + _BESIDES


class InMemory(MemoryFileUploadHandler):
    """Takes every file into memory; refuses, unread, a request that is larger than whoever sends it may send."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - nothing of it is looked at
        META: dict[str, str],  # noqa: ARG002
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Before anything is read: the length that was announced. No more than that is ever read."""
        if content_length > most_bytes(self.request):
            raise RequestDataTooBig("a form with its files is larger than may be sent here")
        self.activated = True


def most_bytes(request: HttpRequest | None) -> int:
    """The largest request, files and all, that whoever sends it may send."""
    session = getattr(request, "session", None)
    return MOST_BYTES_OF_STAFF if session is not None and session.get(STATE_KEY) else MOST_BYTES
