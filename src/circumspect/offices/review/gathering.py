"""From the ledger to looks: which entries are one member's view of one record, and what was done around it.

What an entry says is enough: who, when, for what purpose, in which circumstance, and a mark of the record. Entries of one
member about one record within ten minutes are one look; what follows in an open transaction belongs to the look that
opened it. An act is a change, or a rule that was let read for something else than showing the panel.

Pure but for the ledger, which it is given.

Source: guarantee 11; ARCHITECTURE.md, "The ledger".
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.trust.ledger.store import Ledger, LedgerEntry, StoredMark
from circumspect.trust.policy.request import Action, Circumstance, Purpose

ERRAND_SECONDS = 600
# What these circumstances say by themselves asks for no reason.
_UNEXPLAINED = {Circumstance.UNEXPLAINED.value, Circumstance.NAME_SEARCH.value}
_SHOWING = {Purpose.SERVE.value, Purpose.FIND.value, Purpose.REVIEW.value}


@dataclass(frozen=True, slots=True)
class Seen:
    """One look, as the ledger tells it.

    Attributes:
        index: The entry that opened it.
        mark: Whose record, as a link of the ledger's.
        acted: Something was done on that record around it.
    """

    index: int
    at: int
    actor: str
    mark: StoredMark
    purpose: str
    fields: tuple[str, ...]
    circumstance: str
    reason: str
    acted: bool

    @property
    def is_explained(self) -> bool:
        """The circumstance says by itself why."""
        return self.circumstance not in _UNEXPLAINED


def looks(ledger: Ledger, entries: Sequence[LedgerEntry]) -> list[Seen]:
    """The looks that staff made at single records, oldest first. Those whose mark is dead are left out."""
    by_errand: defaultdict[tuple[str, int, bytes], list[tuple[LedgerEntry, StoredMark]]] = defaultdict(list)
    for entry in entries:
        body = entry.body
        if not body["actor"].startswith("staff:") or body["outcome"] != "allowed" or body["subjects"] != 1:
            continue
        for mark in ledger.marks(entry.index)[:1]:
            if mark.link is not None and mark.back is not None:
                by_errand[body["actor"], mark.epoch, mark.link].append((entry, mark))
    found = [look for errand in by_errand.values() for look in _looks_of(errand)]
    return sorted(found, key=lambda look: look.index)


def moment(body: Mapping[str, Any]) -> int:
    """When an entry was made, in seconds since 1970."""
    return int(dt.datetime.strptime(body["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC).timestamp())


def is_act(body: Mapping[str, Any]) -> bool:
    """Whether an entry is something done on a record, and not a view of it."""
    if body["action"] in (Action.CHANGE.value, Action.ERASE.value):
        return True
    return body["action"] == Action.USE.value and body["purpose"] not in _SHOWING


def _looks_of(errand: Iterable[tuple[LedgerEntry, StoredMark]]) -> list[Seen]:
    told = [(moment(entry.body), entry, mark) for entry, mark in errand]
    acts = [at for at, entry, _ in told if is_act(entry.body)]
    found: list[Seen] = []
    fields: set[str] = set()
    last = -ERRAND_SECONDS
    for at, entry, mark in told:
        body = entry.body
        if body["action"] != Action.VIEW.value or body["purpose"] == Purpose.REVIEW.value:
            continue
        begins = at - last >= ERRAND_SECONDS and body["circumstance"] != Circumstance.OPEN_TRANSACTION.value
        last = at
        if begins:
            fields = set()
        fields |= {f"{body['series']}: {name}" for name in body["fields"]}
        if begins:
            acted = any(abs(act - at) <= ERRAND_SECONDS for act in acts)
            found.append(
                Seen(
                    entry.index,
                    at,
                    body["actor"],
                    mark,
                    body["purpose"],
                    (),
                    body["circumstance"],
                    body["reason"] or "",
                    acted,
                )
            )
        if found:
            found[-1] = _with_fields(found[-1], fields)
    return found


def _with_fields(look: Seen, fields: set[str]) -> Seen:
    return Seen(
        look.index,
        look.at,
        look.actor,
        look.mark,
        look.purpose,
        tuple(sorted(fields)),
        look.circumstance,
        look.reason,
        look.acted,
    )
