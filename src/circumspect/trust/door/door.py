"""The one door: ask, decide, write down, and only then open.

Order, always: the policy decides; the ledger makes the answer durable; the vault grants. Whatever
goes wrong on the way means refused. A refusal is written down like an opening; where the ledger
cannot write, nobody reads.

The door never asks a record what it means: subjects are numbers, fields are names.

Source: guarantees 2 to 5; clauses MP-3.1, MP-5.2, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from circumspect.trust.door.errors import DOOR_CLOSED, HEARTBEAT, DoorClosed, Refused, no_such_record
from circumspect.trust.ledger.store import Ledger
from circumspect.trust.ledger.store import Mark as LedgerMark
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    Decision,
    Purpose,
    Reason,
    Request,
)
from circumspect.trust.vault.errors import BrokenSealError, EpochOverError, NoKeyError
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.unsealing import Grant, Keys, Unsealer
from circumspect.trust.vault.vault import Link, Vault

OPENING_SECONDS = 600.0
LEDGER_SERIES = "ledger"

Clock = Callable[[], dt.datetime]


class Opening:
    """The right to read named fields of named records, for one purpose, for ten minutes.

    Attributes:
        decision: What allowed it.
        ledger_index: Where that is written.
        subjects: Whose records.
    """

    __slots__ = ("_clock", "_grant", "_unsealer", "decision", "ledger_index", "subjects")

    def __init__(
        self, decision: Decision, subjects: tuple[int, ...], grant: Grant, unsealer: Unsealer, clock: Clock
    ) -> None:
        self.decision: Final = decision
        self.ledger_index: Final = grant.ledger_index
        self.subjects: Final = subjects
        self._grant = grant
        self._unsealer = unsealer
        self._clock = clock

    def read(self, sealed: Sealed) -> str:
        """The value. Raises NoGrantError or BrokenSealError (both VaultError)."""
        return self._unsealer.unseal(self._grant, sealed, self._clock().timestamp())

    @property
    def fields(self) -> frozenset[str]:
        """The fields it reaches."""
        return self._grant.fields

    def __repr__(self) -> str:
        return f"<opening, ledger entry {self.ledger_index}>"


@dataclass(frozen=True, slots=True)
class Part:
    """One question of several that are asked together: a page shows a name, loans and notes at once."""

    action: Action
    purpose: Purpose
    series: str
    subjects: tuple[int, ...]
    fields: frozenset[str]


class StandingAnswers:
    """Allowed answers that are entered and still in force: what was asked, about whom, by which policy."""

    _MOST = 512

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[tuple[int, ...], Request, Decision], tuple[int, float]] = {}

    def find(
        self, subjects: tuple[int, ...], request: Request, decision: Decision, now: dt.datetime
    ) -> tuple[int, float] | None:
        """The entry's index and the end of its opening, where the same answer is in force."""
        kept = self._kept.get((subjects, request, decision))
        # A clock set back must not make an opening last longer than its ten minutes.
        if kept is None or not 0 < kept[1] - now.timestamp() <= OPENING_SECONDS:
            return None
        return kept

    def keep(
        self, subjects: tuple[int, ...], request: Request, decision: Decision, index: int, now: dt.datetime
    ) -> None:
        """Remember an entered answer for as long as its opening lasts."""
        moment = now.timestamp()
        with self._lock:
            self._kept.pop((subjects, request, decision), None)
            # In the order of their ends: the ended ones, or the oldest where there are too many, stand first.
            while self._kept:
                oldest = next(iter(self._kept))
                if self._kept[oldest][1] > moment and len(self._kept) < self._MOST:
                    break
                del self._kept[oldest]
            self._kept[subjects, request, decision] = (index, moment + OPENING_SECONDS)


class Door:
    """Whoever wants to see or use patron information asks here."""

    def __init__(
        self,
        policy: Policy,
        vault: Vault,
        ledger: Ledger,
        clock: Clock,
        version_in_force: Callable[[], str],
        is_own_card: Callable[[Actor, Sequence[int]], bool] | None = None,
    ) -> None:
        """Stand on the three.

        Args:
            is_own_card: Whether one of the records is the asking staff member's own; None where nobody can tell.
        """
        self._policy = policy
        self._vault = vault
        self._ledger = ledger
        self._clock = clock
        self._version_in_force = version_in_force
        self._is_own_card = is_own_card
        self._unsealer = vault.claim_unsealer()
        self._standing = StandingAnswers()

    def ask(
        self,
        actor: Actor,
        *,
        action: Action,
        purpose: Purpose,
        series: str,
        subjects: Sequence[int],
        fields: Iterable[str],
        circumstance: Circumstance,
        reason: Reason | None = None,
        own_staff_record: bool = False,
    ) -> Opening:
        """Ask to open fields of one record, or of one page of records.

        Args:
            actor: Who asks.
            action: What for, in the policy's words.
            purpose: From the closed list.
            series: One record series.
            subjects: Whose records; at least one.
            fields: Names of fields of that series.
            circumstance: What just happened that explains the look.
            reason: From the closed list, where nothing explains it.
            own_staff_record: The record is the asking staff member's own.

        Returns:
            The opening; its ledger entry is durable.

        Raises:
            Refused: The policy says no. Written down.
            DoorClosed: Policy, vault or ledger cannot be reached. Nothing was opened.
        """
        part = Part(action, purpose, series, tuple(subjects), frozenset(fields))
        return self.ask_all(
            actor, [part], circumstance=circumstance, reason=reason, own_staff_record=own_staff_record
        )[0]

    def ask_all(
        self,
        actor: Actor,
        parts: Sequence[Part],
        *,
        circumstance: Circumstance,
        reason: Reason | None = None,
        own_staff_record: bool = False,
    ) -> list[Opening]:
        """Ask several questions at once: all are answered yes, or nothing is opened.

        Each is decided for itself and has its own entry; the entries become durable together.

        Returns:
            An opening for each part, in order.

        Raises:
            Refused: The policy says no to one of them. The refused ones are written down.
            DoorClosed: Policy, vault or ledger cannot be reached. Nothing was opened.
        """
        requests = self._requests(actor, parts, circumstance, reason, own_staff_record=own_staff_record)
        return self._answer(
            [
                (part.subjects, request, self._decide(request))
                for part, request in zip(parts, requests, strict=True)
            ]
        )

    def ask_to_use(
        self,
        actor: Actor,
        *,
        purpose: Purpose,
        series: str,
        subject: int,
        fields: Iterable[str],
        circumstance: Circumstance,
    ) -> Opening:
        """Ask to let a rule read fields of one record, as often as one errand needs.

        The first ask of an errand is entered like any other; while that opening lasts, the very same
        question is answered by the same entry. The policy decides each time, and the key is fetched each time:
        what changed meanwhile (a role, a signature, a forgotten patron) counts at once. So the
        ledger does not count how many items somebody takes home.

        Raises:
            Refused: The policy says no. Written down.
            DoorClosed: Policy, vault or ledger cannot be reached. Nothing was opened.
        """
        part = Part(Action.USE, purpose, series, (subject,), frozenset(fields))
        (request,) = self._requests(actor, [part], circumstance)
        decision = self._decide(request)
        entered = self._standing.find(part.subjects, request, decision, self._clock())
        if entered is None:
            opening = self._answer([(part.subjects, request, decision)])[0]
            self._standing.keep(part.subjects, request, decision, opening.ledger_index, self._clock())
            return opening
        try:
            keys = self._unsealer.keys(part.subjects)
        except NoKeyError:
            return self._answer([(part.subjects, request, decision)])[
                0
            ]  # which refuses, and says so in the ledger
        except Exception as problem:  # an unreachable key store closes the door
            raise self._closed("the key store", [(request, decision)]) from problem
        index, ends_at = entered
        grant = self._unsealer.grant(keys, series, part.fields, ledger_index=index, ends_at=ends_at)
        return Opening(decision, part.subjects, grant, self._unsealer, self._clock)

    def permit(
        self,
        actor: Actor,
        *,
        action: Action,
        purpose: Purpose,
        series: str,
        fields: Iterable[str],
        circumstance: Circumstance,
    ) -> Decision:
        """Ask whether an act on one record may be done that opens nothing of it, such as taking an item back.

        The policy decides each time; an allowed answer is entered once in ten minutes for the same actor,
        so that the ledger is no clock of what came back when.

        Returns:
            The decision, written down with no subject.

        Raises:
            Refused: The policy says no. Written down.
            DoorClosed: Policy or ledger cannot be reached.
        """
        # One record, whose it is not looked up: the item in hand says which.
        part = Part(action, purpose, series, (0,), frozenset(fields))
        (request,) = self._requests(actor, [part], circumstance)
        decision = self._decide(request)
        if self._standing.find((), request, decision, self._clock()) is None:
            index = self._write([(request, decision, Keys())])
            if not decision.allowed:
                raise Refused(decision)
            self._standing.keep((), request, decision, index, self._clock())
        return decision

    def ask_by_link(
        self,
        actor: Actor,
        *,
        action: Action,
        purpose: Purpose,
        series: str,
        fields: Iterable[str],
        circumstance: Circumstance,
        epoch: int,
        token: bytes,
        back: bytes,
        link_series: str,
    ) -> Opening:
        """Ask for the record that a link of ``link_series`` belongs to; ``opening.subjects`` then says whose.

        Raises:
            Refused: The policy says no.
            DoorClosed: A part cannot be reached, or the link's epoch is over.
        """
        part = Part(action, purpose, series, (0,), frozenset(fields))
        (request,) = self._requests(actor, [part], circumstance)
        decision = self._decide(request)
        if not decision.allowed:
            # Whose record it is was not looked up for somebody who may not know: the refusal names nobody.
            self._write([(request, decision, Keys())])
            raise Refused(decision)
        try:
            subject = self._unsealer.subject_of(link_series, epoch, token, back)
        except Exception as problem:  # a key that is gone or cannot be reached closes the door
            raise self._closed("the key of this link", [(request, decision)]) from problem
        return self._answer([((subject,), request, decision)])[0]

    def ask_all_by_links(
        self,
        actor: Actor,
        parts: Sequence[Part],
        *,
        circumstance: Circumstance,
        links: Sequence[Link],
        link_series: str,
    ) -> tuple[list[int | None], list[Opening]]:
        """Ask about one page of records by links of ``link_series``, as work on many of them needs.

        Args:
            parts: What is asked about each of them; ``subjects`` is left empty.

        Returns:
            Whose each link is, None where its epoch is over or its patron forgotten; and an opening for
            each part over those who are left. No openings where nobody is.

        Raises:
            Refused: The policy says no to one of the parts. Written down, and nobody is looked up.
            DoorClosed: Policy, vault or ledger cannot be reached.
        """
        count = (0,) * len(links)
        asked = self._requests(actor, [replace(part, subjects=count) for part in parts], circumstance)
        decisions = [self._decide(each) for each in asked]
        refused = [
            (each, decision, Keys())
            for each, decision in zip(asked, decisions, strict=True)
            if not decision.allowed
        ]
        if refused:
            self._write(refused)
            raise Refused(refused[0][1])
        try:
            found = [self._whose(link_series, link) for link in links]
            kept = self._vault.subjects_with_keys(sorted({each for each in found if each is not None}))
        except Exception as problem:  # an unreachable key store closes the door
            raise self._closed("the key store", list(zip(asked, decisions, strict=True))) from problem
        whose = [subject if subject in kept else None for subject in found]
        if not kept:
            return whose, []
        subjects = tuple(sorted(kept))
        return whose, self.ask_all(
            actor, [replace(part, subjects=subjects) for part in parts], circumstance=circumstance
        )

    def _whose(self, link_series: str, link: Link) -> int | None:
        try:
            return self._unsealer.subject_of(link_series, link.epoch, link.token, link.back)
        except (EpochOverError, BrokenSealError):
            return None

    def beat(self) -> None:
        """Enter that the house is awake: no field, no record. A writer that was stopped shows as a silence.

        Raises:
            DoorClosed: The ledger cannot write.
        """
        part = Part(Action.USE, Purpose.REVIEW, LEDGER_SERIES, (), frozenset())
        (request,) = self._requests(Actor(ActorKind.JOB, "heartbeat"), [part], Circumstance.SCHEDULED)
        awake = Decision(True, HEARTBEAT, ("MP-7.15",), "The house is awake.", "", self._policy.hash)
        self._write([(request, awake, Keys())])

    def _requests(
        self,
        actor: Actor,
        parts: Sequence[Part],
        circumstance: Circumstance,
        reason: Reason | None = None,
        *,
        own_staff_record: bool = False,
    ) -> list[Request]:
        """The questions as the policy is asked them: what the parts of one moment have in common is read once.

        Raises:
            DoorClosed: Something that the policy has to know is hidden. The tries are written down.
        """

        def made(part: Part, version: str, own_staff: bool) -> Request:
            return Request(
                actor=actor,
                action=part.action,
                purpose=part.purpose,
                series=part.series,
                fields=part.fields,
                circumstance=circumstance,
                reason=reason,
                own_record=actor.kind is ActorKind.PATRON and part.subjects == (_number(actor.id),),
                subjects=len(part.subjects),
                version_in_force=version,
                own_staff_record=own_staff,
            )

        hidden = "the policy version in force"
        try:
            version = self._version_in_force()
            hidden = "who holds which card among staff"
            return [
                made(part, version, own_staff_record or self._own_card(actor, part.subjects))
                for part in parts
            ]
        except Exception as problem:  # whatever the policy cannot be told closes the door
            tries = [(made(part, "", own_staff_record), None) for part in parts]
            raise self._closed(hidden, tries) from problem

    def _own_card(self, actor: Actor, subjects: Sequence[int]) -> bool:
        if self._is_own_card is None or actor.kind is not ActorKind.STAFF:
            return False
        return self._is_own_card(actor, subjects)

    def _answer(self, asked: Sequence[tuple[tuple[int, ...], Request, Decision]]) -> list[Opening]:
        keys: dict[tuple[int, ...], Keys] = {}
        try:
            for subjects, _request, _decision in asked:
                if subjects not in keys:
                    keys[subjects] = self._unsealer.keys(subjects)
        except NoKeyError:
            # Somebody whom the policy refuses does not learn whether there is such a record.
            refusals = [(request, decision, Keys()) for _, request, decision in asked if not decision.allowed]
            refusals = refusals or [(asked[0][1], no_such_record(self._policy.hash), Keys())]
            self._write(refusals)
            raise Refused(refusals[0][1]) from None
        except Exception as problem:  # an unreachable key store closes the door
            raise self._closed("the key store", [answer[1:] for answer in asked]) from problem
        refused = [
            (request, decision, keys[subjects])
            for subjects, request, decision in asked
            if not decision.allowed
        ]
        if refused:
            self._write(refused)
            raise Refused(refused[0][1])
        first = self._write([(request, decision, keys[subjects]) for subjects, request, decision in asked])
        ends_at = self._clock().timestamp() + OPENING_SECONDS
        openings = []
        for place, (subjects, request, decision) in enumerate(asked):
            grant = self._unsealer.grant(
                keys[subjects], request.series, request.fields, ledger_index=first + place, ends_at=ends_at
            )
            openings.append(Opening(decision, subjects, grant, self._unsealer, self._clock))
        return openings

    def _decide(self, request: Request) -> Decision:
        try:
            decision = self._policy.decide(request)
        except Exception as problem:  # decide never raises; should it, the door is closed
            raise self._closed("the policy", [(request, None)]) from problem
        if not isinstance(decision, Decision) or type(decision.allowed) is not bool:
            raise self._closed("the policy", [(request, None)])
        return decision

    def _closed(self, part: str, answers: Sequence[tuple[Request, Decision | None]]) -> DoorClosed:
        """What to raise where a part cannot be reached; the try is written down, naming nobody, if it can be.

        Args:
            answers: What was asked, and what the policy said; None where it could not be asked.
        """
        closed = _door_closed(self._policy.hash)
        try:
            self._write(
                [
                    (request, closed if decision is None or decision.allowed else decision, Keys())
                    for request, decision in answers
                ]
            )
        except DoorClosed:
            return DoorClosed(f"{part}, and the ledger")
        return DoorClosed(part)

    def _write(self, answers: Sequence[tuple[Request, Decision, Keys]]) -> int:
        """Make the answers durable, in one transaction; the index of the first entry."""
        try:
            # Entries that become durable together share their moment, and a subject's link of today.
            moment, whose = self._clock(), {subject for _, _, keys in answers for subject in keys}
            links = {subject: self._vault.link(LEDGER_SERIES, subject) for subject in whose}
            entries = [self._entry(*answer, moment, links) for answer in answers]
            return self._ledger.append_many(entries)[0].index
        except Exception as problem:  # whatever went wrong on the way to the ledger, nobody reads
            raise DoorClosed("the ledger") from problem

    def _entry(
        self, request: Request, decision: Decision, keys: Keys, moment: dt.datetime, links: Mapping[int, Link]
    ) -> tuple[dict[str, object], list[LedgerMark]]:
        nonce = os.urandom(16)
        marks = []
        for subject, key in keys.items():
            link = links[subject]
            digest = self._unsealer.digest(key, subject, nonce)
            marks.append(LedgerMark(link.epoch, link.token, link.back, digest))
        return entry_body(request, decision, at=moment, nonce=nonce), marks


def entry_body(request: Request, decision: Decision, *, at: dt.datetime, nonce: bytes) -> dict[str, object]:
    """What the ledger keeps of a decision: enough to replay it, nothing of whom or what it opened."""
    actor = request.actor
    return {
        "at": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor": f"{actor.kind}:{_actor_id(actor)}",
        "roles": sorted(actor.roles),
        "active": actor.active,
        "signed_version": actor.signed_version,
        "version_in_force": request.version_in_force,
        "policy": decision.policy_hash,
        "action": request.action.value,
        "purpose": request.purpose.value,
        "series": request.series,
        "fields": sorted(request.fields),
        "circumstance": request.circumstance.value,
        "reason": request.reason.value if request.reason else None,
        "own_record": request.own_record,
        "own_staff_record": request.own_staff_record,
        "subjects": request.subjects,
        "outcome": "allowed" if decision.allowed else "refused",
        "rules": list(decision.rules),
        "clauses": list(decision.clauses),
        "nonce": nonce.hex(),
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _actor_id(actor: Actor) -> str:
    # A patron's id would tie entries to a person for ever: the entry's mark says whose record it was, and dies.
    return "self" if actor.kind is ActorKind.PATRON else actor.id


def _door_closed(policy_hash: str) -> Decision:
    return Decision(
        allowed=False,
        rules=DOOR_CLOSED,
        clauses=("MP-3.1",),
        explanation="A part of the system cannot be reached, so nothing is opened.",
        remedy="Tell whoever looks after the system.",
        policy_hash=policy_hash,
    )
