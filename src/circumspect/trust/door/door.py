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
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from circumspect.trust.door.errors import DoorClosed, DoorError, Refused
from circumspect.trust.ledger.store import Ledger, LedgerError
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
from circumspect.trust.vault.errors import NoKeyError, VaultError
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.unsealing import Grant, Keys, Unsealer
from circumspect.trust.vault.vault import Vault

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


class Door:
    """Whoever wants to see or use patron information asks here."""

    def __init__(
        self,
        policy: Policy,
        vault: Vault,
        ledger: Ledger,
        clock: Clock,
        version_in_force: Callable[[], str],
    ) -> None:
        self._policy = policy
        self._vault = vault
        self._ledger = ledger
        self._clock = clock
        self._version_in_force = version_in_force
        self._unsealer = vault.claim_unsealer()

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
        request = self._request(
            actor,
            action,
            purpose,
            series,
            tuple(subjects),
            frozenset(fields),
            circumstance,
            reason,
            own_staff_record,
        )
        return self._answer(request, tuple(subjects))

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

        Returns:
            The decision, written down with no subject.

        Raises:
            Refused: The policy says no. Written down.
            DoorClosed: Policy or ledger cannot be reached.
        """
        # One record, whose it is not looked up: the item in hand says which.
        request = self._request(
            actor,
            action,
            purpose,
            series,
            (0,),
            frozenset(fields),
            circumstance,
            reason=None,
            own_staff_record=False,
        )
        decision = self._decide(request)
        self._write(request, decision, Keys())
        if not decision.allowed:
            raise Refused(decision)
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
        request = self._request(
            actor,
            action,
            purpose,
            series,
            (0,),
            frozenset(fields),
            circumstance,
            reason=None,
            own_staff_record=False,
        )
        decision = self._decide(request)
        if not decision.allowed:
            # Whose record it is was not looked up for somebody who may not know: the refusal names nobody.
            self._write(request, decision, Keys())
            raise Refused(decision)
        try:
            subject = self._unsealer.subject_of(link_series, epoch, token, back)
        except VaultError as problem:
            raise DoorClosed("the key of this link") from problem
        return self._answer(request, (subject,), decision)

    def _request(
        self,
        actor: Actor,
        action: Action,
        purpose: Purpose,
        series: str,
        subjects: tuple[int, ...],
        fields: frozenset[str],
        circumstance: Circumstance,
        reason: Reason | None,
        own_staff_record: bool,
    ) -> Request:
        try:
            version = self._version_in_force()
        except Exception as problem:  # whatever hides the version in force closes the door
            raise DoorClosed("the policy version in force") from problem
        own = actor.kind is ActorKind.PATRON and len(subjects) == 1 and actor.id == str(subjects[0])
        return Request(
            actor=actor,
            action=action,
            purpose=purpose,
            series=series,
            fields=fields,
            circumstance=circumstance,
            reason=reason,
            own_record=own,
            subjects=len(subjects),
            version_in_force=version,
            own_staff_record=own_staff_record,
        )

    def _answer(
        self, request: Request, subjects: tuple[int, ...], decision: Decision | None = None
    ) -> Opening:
        decision = decision or self._decide(request)
        try:
            keys = self._unsealer.keys(subjects)
        except NoKeyError:
            refusal = _no_such_record(self._policy.hash)
            self._write(request, refusal, Keys())
            raise Refused(refusal) from None
        except Exception as problem:  # an unreachable key store closes the door
            raise DoorClosed("the key store") from problem
        index = self._write(request, decision, keys)
        if not decision.allowed:
            raise Refused(decision)
        ends_at = self._clock().timestamp() + OPENING_SECONDS
        grant = self._unsealer.grant(
            keys, request.series, request.fields, ledger_index=index, ends_at=ends_at
        )
        return Opening(decision, subjects, grant, self._unsealer, self._clock)

    def _decide(self, request: Request) -> Decision:
        try:
            decision = self._policy.decide(request)
        except Exception as problem:  # decide never raises; should it, the door is closed
            raise DoorClosed("the policy") from problem
        if not isinstance(decision, Decision) or decision.allowed not in (True, False):
            raise DoorClosed("the policy")
        return decision

    def _write(self, request: Request, decision: Decision, keys: Keys) -> int:
        nonce = os.urandom(16)
        try:
            marks = []
            for subject, key in keys.items():
                link = self._vault.link(LEDGER_SERIES, subject)
                marks.append(
                    LedgerMark(link.epoch, link.token, link.back, self._unsealer.digest(key, subject, nonce))
                )
            body = entry_body(request, decision, at=self._clock(), nonce=nonce)
            return self._ledger.append(body, marks).index
        except DoorError:
            raise
        except LedgerError as problem:
            raise DoorClosed("the ledger") from problem
        except (
            Exception
        ) as problem:  # anything else on the way to the ledger: nothing was written, nobody reads
            raise DoorClosed("the ledger") from problem


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


def _actor_id(actor: Actor) -> str:
    # A patron's id would tie entries to a person for ever: the entry's mark says whose record it was, and dies.
    return "self" if actor.kind is ActorKind.PATRON else actor.id


def _no_such_record(policy_hash: str) -> Decision:
    return Decision(
        allowed=False,
        rules=("no-such-record",),
        clauses=("MP-3.1", "TH-1.8"),
        explanation="There is no such record, or it has been forgotten.",
        remedy="Check the number, or register the person anew.",
        policy_hash=policy_hash,
    )
