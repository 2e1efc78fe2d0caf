"""Cards that people make for themselves at the door, until they have shown who they are.

Somebody types their own name and address into the library's kiosk and gets a temporary card: a short
life, few items, a block until the address has been checked. At the desk proof of identity makes it a
full card. Whoever never comes is forgotten when the card has run out.

The page belongs to nobody, so it may write a new record and nothing else: it reads none, finds none, and
says of no name or address whether the library knows it. Children come to the desk with the adult who
answers for them, so no child's details are taken here.

Source: clauses TH-1.8, TH-1.10, TH-1.14, TH-1.16.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from circumspect.home import Home
from circumspect.records.patrons import cards, upkeep
from circumspect.records.patrons.categories import TEMPORARY, categories
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.registration import Registration, register_many
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, MachineRole, Purpose, Reason

KIOSK = Actor(ActorKind.TERMINAL, "join", frozenset({MachineRole.JOIN.value}))
# What is asked for at the door, in the order of the form, and nothing besides (TH-1.7).
ASKED_FOR = (
    "given_name",
    "family_name",
    "street",
    "city",
    "region",
    "postcode",
    "phone",
    "email",
    "language",
    "notice_channel",
)
NEEDED = ("family_name", "street", "city", "postcode")
USUAL_DAYS = 14
MOST_DAYS = 60


@dataclass(frozen=True, slots=True, repr=False)
class DoorCard:
    """A temporary card that was just made. Prints as nothing.

    Attributes:
        number: Shown once, to whoever stands there.
        until: Its last day.
    """

    number: str
    until: dt.date


def card_days(home: Home) -> int:
    """How long a card made at the door lives: ``[join] days`` of config.toml, 1 to 60."""
    days = home.setting("join", "days", USUAL_DAYS)
    return min(max(days, 1), MOST_DAYS) if isinstance(days, int) else USUAL_DAYS


def join(house: House, typed: Mapping[str, str], *, is_adult: bool) -> DoorCard:
    """Make a temporary card of what somebody typed at the door.

    Args:
        typed: Values of ``ASKED_FOR``; whatever else is in it is not looked at.
        is_adult: They say that they are 18 or older.

    Raises:
        FieldError: A field does not do, or a child stands there; nothing is stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
    """
    if not is_adult:
        raise FieldError("is_adult", "under 18? come to the desk with the adult who answers for the card")
    values = {name: typed.get(name, "").strip() for name in ASKED_FOR}
    for name in NEEDED:
        if not values[name]:
            raise FieldError(name, "this is needed for a card")
    until = house.today() + dt.timedelta(days=card_days(house.home))
    number = cards.next_barcode(house)
    registration = replace(
        Registration(**values),  # type: ignore[arg-type]  # every one of them is a text
        category=TEMPORARY,
        home_branch=str(house.home.setting("join", "branch", "main")),
        expires_on=until,
        card_number=number,
        blocks=(BlockKind.ADDRESS_UNVERIFIED,),
    )
    made = register_many(
        house,
        KIOSK,
        [registration],
        purpose=Purpose.REGISTER,
        circumstance=Circumstance.REGISTRATION,
        provisional=True,
    )[0]
    if isinstance(made, FieldError):
        raise made
    return DoorCard(number, until)


def complete(
    house: House,
    actor: Actor,
    patron: int,
    *,
    category: str,
    id_seen: bool,
    address_seen: bool,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> Standing:
    """Make a full card of a temporary one, proof of identity and address having been seen; the new standing.

    Nothing of the proof is copied: the day on which it was seen is kept (TH-1.16).

    Raises:
        FieldError: Not both were seen, or the category does not do; nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    known = categories(house.home.config)
    if category not in known or category == TEMPORARY:
        raise FieldError("category", "choose the category of the full card")
    if known[category].needs_adult:
        raise FieldError("category", "a child's card is made at the desk, with the responsible adult's name")
    if not (id_seen and address_seen):
        raise FieldError("id_seen", "see proof of identity and of the address, then tick both")
    if not upkeep.is_provisional(patron):
        raise FieldError("category", "this card was not made at the door; renew it instead")
    standing = upkeep.standing_of(house, actor, patron, circumstance=circumstance, reason=reason)
    standing = upkeep.renewed(house, replace(standing, category=category))
    standing = standing.without_block(BlockKind.ADDRESS_UNVERIFIED)
    today = house.today()
    wanted = Change({"id_seen_on": today, "address_checked_on": today}, standing)
    change(house, actor, patron, wanted, circumstance=circumstance, reason=reason)
    return standing
