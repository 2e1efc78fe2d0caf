"""Permissions: a patron lets a named person pick up their holds, or see something of the account, until a day.

There is no other way to somebody else's record, a relative's included. Name and scope are sealed under the
patron's key; the desk is shown them while that patron's card is open, and acts on them itself: nobody gets an
account to look with. Withdrawn means gone.

Source: clauses MP-3.9, MP-7.9, TH-1.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.db import DEFAULT_DB_ALIAS, transaction

from circumspect.records.patrons.rows import new_id
from circumspect.records.reading.models import Permission
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "permissions"
FIELDS = frozenset({"name", "scope", "ends_on"})
MOST = 5
MOST_DAYS = 366
_LONGEST_NAME = 80


class Scope(StrEnum):
    """The closed list of what may be permitted."""

    PICK_UP = "pick_up_holds"
    SEE_HOLDS = "see_holds"
    SEE_LOANS = "see_loans"
    SEE_FEES = "see_fees"
    PAY_FEES = "pay_fees"


SCOPE_WORDS = {
    Scope.PICK_UP: "pick up what is on the hold shelf",
    Scope.SEE_HOLDS: "see what is waited for",
    Scope.SEE_LOANS: "see what is out and when it is due",
    Scope.SEE_FEES: "see what is owed",
    Scope.PAY_FEES: "pay what is owed",
}


class PermissionNotGiven(Exception):
    """A permission that cannot be given. Fit for a form.

    Attributes:
        field: "name", "scope" or "ends_on".
        code: What is wrong, in a word of ours: "empty", "long", "unknown", "past", "far", "many".
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """A permission in force. Prints as nothing."""

    id: int
    name: str
    scope: tuple[Scope, ...]
    ends_on: dt.date

    @property
    def words(self) -> str:
        """What it lets somebody do, for the desk."""
        return "; ".join(SCOPE_WORDS[each] for each in self.scope)


def give(
    house: House,
    actor: Actor,
    patron: int,
    *,
    name: str,
    scope: Collection[str],
    ends_on: dt.date | None,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> int:
    """Let somebody do or see something until a day, that day included; the permission's number.

    Raises:
        PermissionNotGiven: An entry does not do; nothing is written.
        Refused, DoorClosed: The door stays shut; nothing is written.
    """
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise PermissionNotGiven("name", "empty")
    if len(name) > _LONGEST_NAME:
        raise PermissionNotGiven("name", "long")
    known = {each.value for each in Scope}
    if not scope or not set(scope) <= known:
        raise PermissionNotGiven("scope", "unknown")
    today = house.today()
    if ends_on is None or ends_on < today:
        raise PermissionNotGiven("ends_on", "past")
    if (ends_on - today).days > MOST_DAYS:
        raise PermissionNotGiven("ends_on", "far")
    _ask(house, actor, patron, Action.CHANGE, circumstance)
    if Permission.objects.filter(patron_id=patron, ends_on__gte=today).count() >= MOST:
        raise PermissionNotGiven("name", "many")
    number, sealer = new_id(), house.vault.sealer(patron)
    Permission.objects.create(
        id=number,
        patron_id=patron,
        sealed_name=sealer.seal(SERIES, number, "name", name),
        sealed_scope=sealer.seal(SERIES, number, "scope", " ".join(sorted(scope))),
        ends_on=ends_on,
    )
    return number


def are_given(house: House, patron: int) -> bool:
    """Whether somebody has a permission in force from this patron. Opens nothing."""
    return Permission.objects.filter(patron_id=patron, ends_on__gte=house.today()).exists()


def given_by(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
    reason: Reason | None = None,
) -> list[Given]:
    """The permissions in force, the ones that end first before the others.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    opening = _ask(house, actor, patron, Action.VIEW, circumstance, reason)
    rows = Permission.objects.filter(patron_id=patron, ends_on__gte=house.today()).order_by("ends_on", "id")
    return [
        Given(
            row.id,
            opening.read(Sealed(SERIES, "name", patron, row.id, row.sealed_name)),
            tuple(
                Scope(each)
                for each in opening.read(Sealed(SERIES, "scope", patron, row.id, row.sealed_scope)).split()
            ),
            row.ends_on,
        )
        for row in rows
    ]


def withdraw(
    house: House,
    actor: Actor,
    patron: int,
    permission: int,
    *,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> bool:
    """Take a permission back; whether it was there.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask(house, actor, patron, Action.ERASE, circumstance)
    with transaction.atomic():
        gone, _ = Permission.objects.filter(id=permission, patron_id=patron).delete()
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return gone > 0


def forget_ended(house: House) -> int:
    """Delete permissions that have run out; how many."""
    gone, _ = Permission.objects.filter(ends_on__lt=house.today()).delete()
    return gone


def _ask(
    house: House,
    actor: Actor,
    patron: int,
    action: Action,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> Opening:
    return house.door.ask(
        actor,
        action=action,
        purpose=Purpose.OWN_RECORD if actor.kind is ActorKind.PATRON else Purpose.SERVE,
        series=SERIES,
        subjects=[patron],
        fields=FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
