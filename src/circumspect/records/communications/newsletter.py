"""The newsletter: asked for twice, left at once, one mail to each reader, nothing counted.

An address that is typed gets one mail that asks whether it was meant; only a yes to that makes a subscription. The
page answers the same whether the address is known, unknown or not to be written to, and takes the same
steps: what differs is decided later, when mail leaves.

Leaving destroys the address's key and its row. A keyed hash stays for thirty days, during which the address is not
written to. Nothing in a mail tells whether it was read: no picture, no link of the reader's own but the one to leave.

Source: clauses TH-4.2, TH-1.12; RFC 2369 and RFC 8058 (List-Unsubscribe).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from string import Template

from django.db import DEFAULT_DB_ALIAS, transaction

from circumspect.records.communications.models import Subscription, Suppression
from circumspect.records.outgoing import Became, Outgoing, Send, code, read_code
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, MachineRole, Purpose
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_after_commit

SERIES = "newsletter"
FIELDS = frozenset({"address"})
LANGUAGES = ("en", "es", "pl")
SIGN_UP = Actor(ActorKind.TERMINAL, "newsletter", frozenset({MachineRole.FORM.value}))
SENDER = Actor(ActorKind.JOB, "send-newsletter")
FORGETTER = Actor(ActorKind.JOB, "forget-newsletter")
CONFIRM_DAYS, SUPPRESSED_DAYS = 3, 30
PAGE = 50
_COLUMN = "newsletter address"
_CONFIRM, _LEAVE = "newsletter confirm", "newsletter leave"
WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
)


class Topic(StrEnum):
    """What somebody wants to be written to about."""

    NEWS = "news"
    POLICY = "policy"  # changes to the privacy policy, and nothing else


class State(StrEnum):
    """How far an address has come."""

    ASKED = "asked"  # typed; nothing has been sent to it
    MAILED = "mailed"  # it was asked whether it was meant
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the public's pages are, for the links in mails.

    Attributes:
        site: Such as "https://library.example/library/"; a code and its page are added.
        library: The library's name.
    """

    site: str
    library: str

    def page(self, language: str) -> str:
        """Where pages of a language begin."""
        return self.site if language == "en" else f"{self.site}{language}/"


@dataclass(frozen=True, slots=True, repr=False)
class Subscriber:
    """One line of the list. Prints as nothing."""

    id: int
    address: str
    language: str
    topics: tuple[Topic, ...]
    since: dt.date


def subscribe(house: House, address: str, *, language: str, topics: Iterable[Topic]) -> None:
    """Write down that an address was typed; the next round asks it whether it was meant.

    Args:
        address: One that looks like an address: whoever calls has checked that.

    Raises:
        Refused, DoorClosed, VaultError: Nothing is stored.
    """
    wanted = ",".join(each.value for each in Topic if each in set(topics)) or Topic.NEWS.value
    house.door.permit(
        SIGN_UP,
        action=Action.CHANGE,
        purpose=Purpose.CORRESPOND,
        series=SERIES,
        fields=FIELDS,
        circumstance=Circumstance.WROTE,
    )
    number = new_id()
    sealer = house.vault.new_subjects([number])[number]
    try:
        Subscription.objects.create(
            id=number,
            token=house.vault.proof(_COLUMN, address.casefold()),
            state=State.ASKED.value,
            language=language if language in LANGUAGES else "en",
            topics=wanted,
            day=house.today(),
            sealed_address=sealer.seal(SERIES, number, "address", address),
        )
    except BaseException:
        house.vault.destroy_subject(number)
        raise


def confirm(house: House, text: str) -> bool:
    """Say yes to a mail that asked; whether its code was good and its time is not over."""
    number = read_code(house, _CONFIRM, text)
    if number is None:
        return False
    with transaction.atomic():
        row = Subscription.objects.select_for_update().filter(id=number).first()
        if row is None or not house.vault.subjects_with_keys([number]):
            return False
        if row.state == State.CONFIRMED:
            return True
        # What it was subscribed to before is replaced by what it says yes to now.
        older = list(
            Subscription.objects.filter(token=row.token, state=State.CONFIRMED).values_list("id", flat=True)
        )
        row.state, row.day = State.CONFIRMED.value, house.today()
        row.save(update_fields=["state", "day"])
    _drop(house, older)
    return True


def unsubscribe(house: House, text: str) -> bool:
    """Leave: key and row are gone, a keyed hash stays for thirty days. Whether the code was good.

    A code that was used before is still good: nothing more happens.

    Raises:
        Refused, DoorClosed, VaultError: Nothing is changed.
    """
    number = read_code(house, _LEAVE, text)
    if number is None:
        return False
    row = Subscription.objects.filter(id=number).first()
    if row is not None:
        _permit_erasing(house, SIGN_UP, Purpose.CORRESPOND, Circumstance.WROTE)
        # First the hash: whoever unsubscribed is not written to, whatever happens next.
        Suppression.objects.update_or_create(token=bytes(row.token), defaults={"day": house.today()})
        _drop(house, list(Subscription.objects.filter(token=row.token).values_list("id", flat=True)))
    return True


def came_back(house: House, text: str) -> bool:
    """Mail to a subscriber came back for good: the subscription ends. Whether the code was good."""
    number = read_code(house, _LEAVE, text)
    if number is None:
        return False
    if Subscription.objects.filter(id=number).exists():
        _permit_erasing(house, SIGN_UP, Purpose.CORRESPOND, Circumstance.WROTE)
        _drop(house, [number])
    return True


def subscribers(house: House, actor: Actor, *, after: int = 0) -> list[Subscriber]:
    """A page of the list, fifty at most, for whoever looks after it.

    Args:
        after: The number of the last one on the page before.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read. The refusal is written down.
    """
    rows = Subscription.objects.filter(state=State.CONFIRMED, id__gt=after).order_by("id")[:PAGE]
    kept = _with_keys(house, list(rows))
    if not kept:
        may_work(house, actor)
        return []
    opening = house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=Purpose.NEWSLETTER,
        series=SERIES,
        subjects=[each.id for each in kept],
        fields=FIELDS,
        circumstance=Circumstance.LIST,
    )
    return [
        Subscriber(row.id, _read(opening, row), row.language, topics_of(row.topics), row.day) for row in kept
    ]


def export_list(house: House, actor: Actor) -> None:
    """The whole list, to be taken out of the house: no rule allows that to anybody.

    Raises:
        Refused: Always, and written down (TH-4.2: the list is given to no vendor).
    """
    house.door.permit(
        actor,
        action=Action.EXPORT,
        purpose=Purpose.NEWSLETTER,
        series=SERIES,
        fields=FIELDS,
        circumstance=Circumstance.LIST,
    )


def counts() -> dict[str, int]:
    """How many have subscribed, by topic; how many have not said yes yet. Nobody is opened."""
    told = {"waiting": Subscription.objects.exclude(state=State.CONFIRMED).count()}
    confirmed = list(Subscription.objects.filter(state=State.CONFIRMED).values_list("topics", flat=True))
    return told | {each.value: sum(each in topics_of(text) for text in confirmed) for each in Topic}


def send_questions(house: House, place: Place, send: Send) -> int:
    """Ask addresses that were typed whether that was meant; how many were asked.

    An address that has said yes already, was asked a moment ago, or must not be written to, is let go in silence.

    Raises:
        Refused, DoorClosed, VaultError: The door stays shut; what was sent stays sent.
    """
    asked, dropped = 0, []
    rows = _with_keys(house, list(Subscription.objects.filter(state=State.ASKED).order_by("id")[:PAGE]))
    if not rows:
        return 0
    opening = _use(house, rows)
    mailed = set(_tokens(State.MAILED))
    for row in rows:
        address = _read(opening, row)
        if bytes(row.token) in mailed or is_suppressed(house, address) or _has_all(row):
            dropped.append(row.id)
            continue
        became = send(_question(house, place, row, address))
        if became is Became.LATER:
            break
        if became is Became.REFUSED:
            dropped.append(row.id)
            continue
        Subscription.objects.filter(id=row.id).update(state=State.MAILED)
        mailed.add(bytes(row.token))
        asked += 1
    _drop(house, dropped)
    return asked


def is_suppressed(house: House, address: str) -> bool:
    """Whether an address unsubscribed lately."""
    return Suppression.objects.filter(token=house.vault.proof(_COLUMN, address.casefold())).exists()


def forget_unconfirmed(house: House) -> int:
    """Let go of addresses that were typed three days ago and have not said yes; how many."""
    limit = house.today() - dt.timedelta(days=CONFIRM_DAYS)
    old = Subscription.objects.exclude(state=State.CONFIRMED).filter(day__lte=limit)
    numbers = list(old.values_list("id", flat=True))
    if numbers:
        _permit_erasing(house, FORGETTER, Purpose.FORGET, Circumstance.SCHEDULED)
        _drop(house, numbers)
    return len(numbers)


def forget_suppressions(house: House) -> int:
    """Let go of hashes of addresses that unsubscribed thirty days ago; how many."""
    limit = house.today() - dt.timedelta(days=SUPPRESSED_DAYS)
    return Suppression.objects.filter(day__lte=limit).delete()[0]


def sweep(house: House) -> int:
    """Finish leavings that were cut short: rows whose key is gone; how many."""
    rows = list(Subscription.objects.values_list("id", flat=True))
    gone = set(rows) - house.vault.subjects_with_keys(rows)
    Subscription.objects.filter(id__in=gone).delete()
    return len(gone)


def topics_of(text: str) -> tuple[Topic, ...]:
    """Topics as they are stored."""
    return tuple(Topic(each) for each in text.split(",") if each)


def leave_headers(house: House, place: Place, row: Subscription) -> dict[str, str]:
    """How a mail reader offers leaving, with one touch and without a page (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{leave_address(house, place, row)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def leave_address(house: House, place: Place, row: Subscription) -> str:
    """The page on which this reader leaves."""
    return f"{place.page(row.language)}newsletter/leave/{leave_code(house, row)}/"


def leave_code(house: House, row: Subscription) -> str:
    """The code by which this reader leaves."""
    return code(house, _LEAVE, row.id)


def read_addresses(house: House, rows: Sequence[Subscription]) -> list[tuple[Subscription, str]]:
    """Addresses of a page of subscriptions, for mail that leaves.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    kept = _with_keys(house, rows)
    if not kept:
        return []
    opening = _use(house, kept)
    return [(row, _read(opening, row)) for row in kept]


def _question(house: House, place: Place, row: Subscription, address: str) -> Outgoing:
    words = WORDS[row.language]
    link = f"{place.page(row.language)}newsletter/confirm/{code(house, _CONFIRM, row.id)}/"
    body = Template(words["question"]).substitute(library=place.library, link=link, days=CONFIRM_DAYS)
    subject = Template(words["question_subject"]).substitute(library=place.library)
    return Outgoing(new_id(), address, row.language, subject, body)


def _has_all(row: Subscription) -> bool:
    """Whether the address has said yes already to all that it asks for now."""
    said = Subscription.objects.filter(token=row.token, state=State.CONFIRMED).values_list(
        "topics", flat=True
    )
    return any(set(topics_of(row.topics)) <= set(topics_of(text)) for text in said)


def _tokens(state: State) -> list[bytes]:
    return [bytes(each) for each in Subscription.objects.filter(state=state).values_list("token", flat=True)]


def _with_keys(house: House, rows: Sequence[Subscription]) -> list[Subscription]:
    kept = house.vault.subjects_with_keys([row.id for row in rows])
    return [row for row in rows if row.id in kept]


def _read(opening: Opening, row: Subscription) -> str:
    return opening.read(Sealed(SERIES, "address", row.id, row.id, row.sealed_address))


def _use(house: House, rows: Sequence[Subscription]) -> Opening:
    return house.door.ask(
        SENDER,
        action=Action.USE,
        purpose=Purpose.NEWSLETTER,
        series=SERIES,
        subjects=[row.id for row in rows],
        fields=FIELDS,
        circumstance=Circumstance.SCHEDULED,
    )


def may_work(house: House, actor: Actor) -> None:
    """The right to work on the newsletter, asked where nobody's address is opened.

    Raises:
        Refused, DoorClosed: The door stays shut. The refusal is written down.
    """
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.NEWSLETTER,
        series=SERIES,
        fields=FIELDS,
        circumstance=Circumstance.LIST,
    )


def _permit_erasing(house: House, actor: Actor, purpose: Purpose, circumstance: Circumstance) -> None:
    house.door.permit(
        actor, action=Action.ERASE, purpose=purpose, series=SERIES, fields=FIELDS, circumstance=circumstance
    )


def _drop(house: House, numbers: Sequence[int]) -> None:
    """Destroy keys, then rows."""
    if not numbers:
        return
    house.vault.destroy_subjects(list(numbers))
    with transaction.atomic():
        Subscription.objects.filter(id__in=numbers).delete()
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
