"""Write an issue of the newsletter and send it: to those alone who said yes to its topic, one mail each.

An issue goes round in the order of the subscriptions' random numbers and remembers how far it has come, so that a
stop in the middle begins again there. Which reader was sent what is kept nowhere.

Source: clauses TH-4.2, TH-1.12.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from django.db import transaction

from circumspect.records.communications import newsletter
from circumspect.records.communications.models import Issue, Subscription
from circumspect.records.communications.newsletter import PAGE, WORDS, Place, State, Topic, topics_of
from circumspect.records.outgoing import Became, Outgoing, Send
from circumspect.records.patrons.rows import new_id
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

SUBJECT_MOST, TEXT_MOST = 150, 20_000
# (subject, text) by language
Words = Mapping[str, tuple[str, str]]


class IssueError(Exception):
    """An issue that cannot be kept or sent.

    Attributes:
        field: Such as "subject_en", "" where it is the issue itself.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}" if field else rule)
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Told:
    """An issue, for the page that lists them."""

    id: int
    topic: Topic
    subject: str
    state: str
    written_on: dt.date
    sent_on: dt.date | None
    count: int


def write(house: House, actor: Actor, *, topic: Topic, words: Words) -> int:
    """Keep a draft; its number.

    Args:
        words: English at least; readers of another language get theirs where it is there.

    Raises:
        IssueError: A part is missing or does not do.
        Refused, DoorClosed: The door stays shut; nothing is stored.
    """
    newsletter.may_work(house, actor)
    kept: dict[str, tuple[str, str]] = {}
    for language, (subject, text) in words.items():
        parts = []
        for name, part, most in (("subject", subject, SUBJECT_MOST), ("text", text, TEXT_MOST)):
            try:
                parts.append(refuse_unstorable(name, part, most))
            except UnstorableTextError as problem:
                raise IssueError(f"{name}_{language}", problem.rule) from None
        if any(parts) and not all(parts):
            raise IssueError(f"{'text' if parts[0] else 'subject'}_{language}", "is missing")
        if "\n" in parts[0] or "\r" in parts[0]:
            raise IssueError(f"subject_{language}", "is one line")
        if all(parts):
            kept[language] = (parts[0], parts[1])
    if "en" not in kept:
        raise IssueError("subject_en", "is missing")
    number = new_id()
    Issue.objects.create(
        id=number,
        topic=topic.value,
        words=json.dumps(kept, ensure_ascii=False),
        state="draft",
        written_on=house.today(),
    )
    return number


def queue(house: House, actor: Actor, number: int) -> int:
    """Let an issue go out with the next rounds; how many it will reach.

    Raises:
        IssueError: There is no such draft.
        Refused, DoorClosed: The door stays shut; nothing is sent.
    """
    newsletter.may_work(house, actor)
    if not Issue.objects.filter(id=number, state="draft").update(state="queued"):
        raise IssueError("", "there is no such draft")
    issue = Issue.objects.get(id=number)
    return newsletter.counts()[issue.topic]


def discard(house: House, actor: Actor, number: int) -> None:
    """Throw a draft away.

    Raises:
        IssueError: There is no such draft.
        Refused, DoorClosed: The door stays shut.
    """
    newsletter.may_work(house, actor)
    if not Issue.objects.filter(id=number, state="draft").delete()[0]:
        raise IssueError("", "there is no such draft")


def told(limit: int = 30) -> list[Told]:
    """Issues, newest first. Nobody is in them."""
    return [
        Told(
            each.id,
            Topic(each.topic),
            json.loads(each.words)["en"][0],
            each.state,
            each.written_on,
            each.sent_on,
            each.count,
        )
        for each in Issue.objects.order_by("-written_on", "-id")[:limit]
    ]


def send_queued(house: House, place: Place, send: Send, came_from: str = "") -> int:
    """Send what is queued, as far as the line takes it; how many mails went.

    Args:
        came_from: The address that mail comes back to; a reader's code is put before its "@". "" for the usual one.

    Raises:
        Refused, DoorClosed: The door stays shut; what was sent stays sent, and is not sent again.
    """
    return sum(
        _send_issue(house, place, send, issue, came_from)
        for issue in Issue.objects.filter(state="queued").order_by("written_on", "id")
    )


def _send_issue(house: House, place: Place, send: Send, issue: Issue, came_from: str) -> int:
    words: dict[str, tuple[str, str]] = {
        language: (pair[0], pair[1]) for language, pair in json.loads(issue.words).items()
    }
    sent = 0
    while page := _readers(issue):
        for row, address in newsletter.read_addresses(house, page):
            if not _still_wants(house, row, address):
                continue
            became = send(_mail(house, place, words, row, address, came_from))
            if became is Became.LATER:
                return sent
            # Remembered before the next one goes: whoever was written to is not written to twice.
            with transaction.atomic():
                issue.reached, issue.count = row.id, issue.count + (became is Became.SENT)
                issue.save(update_fields=["reached", "count"])
            sent += became is Became.SENT
        issue.reached = page[-1].id
        issue.save(update_fields=["reached"])
    issue.state, issue.sent_on = "sent", house.today()
    issue.save(update_fields=["state", "sent_on"])
    return sent


def _readers(issue: Issue) -> list[Subscription]:
    """The next page of those who said yes to this topic. Nobody else is ever on it (TH-1.12)."""
    rows = Subscription.objects.filter(state=State.CONFIRMED, id__gt=issue.reached).order_by("id")
    found: list[Subscription] = []
    for row in rows.iterator(chunk_size=500):
        if Topic(issue.topic) in topics_of(row.topics):
            found.append(row)
            if len(found) == PAGE:
                break
    return found


def _still_wants(house: House, row: Subscription, address: str) -> bool:
    """Somebody may have left since the page was read."""
    there = Subscription.objects.filter(id=row.id, state=State.CONFIRMED).exists()
    return there and not newsletter.is_suppressed(house, address)


def _mail(
    house: House,
    place: Place,
    words: Mapping[str, tuple[str, str]],
    row: Subscription,
    address: str,
    came_from: str,
) -> Outgoing:
    language = row.language if row.language in words else "en"
    subject, text = words[language]
    leave = newsletter.leave_address(house, place, row)
    foot = Template(WORDS[language]["foot"]).substitute(library=place.library, link=leave)
    name, at, host = came_from.partition("@")
    back = f"{name}+n{newsletter.leave_code(house, row)}@{host}" if at else ""
    headers = {**newsletter.leave_headers(house, place, row), "Precedence": "bulk"}
    return Outgoing(new_id(), address, language, subject, f"{text}\n\n-- \n{foot}", headers, back)
