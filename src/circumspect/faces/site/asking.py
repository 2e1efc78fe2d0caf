"""The forms of the website, apart from HTTP: their inputs, their words, how often they may be sent.

Each form says what becomes of what is written, from the live schedule. Rates are counted in memory and nowhere
else.

Source: clauses TH-4.1 to TH-4.4, TH-1.7, MP-2.1; issue "The public side", section 3.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock

from circumspect.faces.public.asking import AskInput, made_inputs, marked, sender, words
from circumspect.records.communications.newsletter import SUPPRESSED_DAYS
from circumspect.records.inquiries import rules
from circumspect.records.inquiries.formmaking import Form
from circumspect.records.inquiries.rules import Kind

# In the order of the page.
KINDS = (Kind.QUESTION, Kind.PURCHASE, Kind.SUGGESTION, Kind.CONTACT)
WITH_FILES = frozenset({Kind.QUESTION, Kind.CONTACT})
LEAST_SECONDS = 3
_MOST_EACH, _MOST_ALL, _SECONDS = 10, 300, 600.0


def inputs(kind: Kind, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
    """The inputs of one of the library's own forms, filled in."""
    said = words()
    found = [AskInput("body", "text", said[f"body_{kind.value}"], typed.get("body", ""), "", True)]
    if kind in (Kind.QUESTION, Kind.CONTACT):
        found.insert(0, AskInput("subject", "line", said["subject"], typed.get("subject", ""), "", False))
    if kind in WITH_FILES:
        hint = said["files_hint"].format(files=rules.MOST_FILES, megabytes=rules.FILE_MOST_BYTES // 1_000_000)
        found.append(AskInput("files", "files", said["files"], "", "", False, hint))
    return marked([*found, *sender(typed)], errors)


def inputs_of(form: Form, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
    """The inputs of a form that staff made, filled in."""
    return marked([*made_inputs(form, typed), *sender(typed)], errors)


def newsletter_fate() -> list[str]:
    """What becomes of an address."""
    said = words()
    return [said["newsletter_fate"].format(days=SUPPRESSED_DAYS), said["newsletter_fate_sent"]]


class Throttle:
    """Few letters from one place, and not too many from all of them. In memory alone, for ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sent: deque[tuple[float, str]] = deque()

    def may_send(self, place: str) -> bool:
        """Whether another one is taken; it is then counted."""
        now = self._clock()
        with self._lock:
            while self._sent and now - self._sent[0][0] > _SECONDS:
                self._sent.popleft()
            here = sum(each == place for _, each in self._sent)
            if here >= _MOST_EACH or len(self._sent) >= _MOST_ALL:
                return False
            self._sent.append((now, place))
            return True
