"""A small library whose readers have things out, and somebody who takes what it sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

DATABASES = ["default", "keys", "ledger"]
ZONE = ZoneInfo("America/Chicago")
CONFIG = """
[notices]
on = true
phone = "309-555-0100"

[notices.email]
host = "127.0.0.1"
port = 9
tls = "none"
sender = "notices@library.example"
bounces = "bounces@library.example"
"""


def staff(*roles: str) -> Any:
    """A member of staff who has signed the version in force."""
    from circumspect.trust.policy.request import Actor, ActorKind

    return Actor(ActorKind.STAFF, "1", frozenset(roles), True, "2026-11")


class Library:
    """The house, and short words for filling it."""

    def __init__(self, house: Any) -> None:
        from circumspect.records.catalog.models import Branch, ItemType
        from circumspect.trust.policy.request import Actor, ActorKind

        self.house = house
        self.job = Actor(ActorKind.JOB, "import")
        self.branch, _ = Branch.objects.get_or_create(code="main", defaults={"name": "Main Library"})
        self.book, _ = ItemType.objects.get_or_create(
            code="book", defaults={"name": "Book", "replacement_cents": 2500}
        )
        self._serial = 0

    @property
    def settings(self) -> Any:
        from circumspect.offices.notices.kinds import NoticeSettings

        return NoticeSettings.of(self.house.home)

    def reader(self, name: str, **more: Any) -> int:
        """Somebody with an e-mail address, a telephone and a house."""
        from circumspect.records.patrons.registration import Registration, register_many

        details = {
            "given_name": "Ana",
            "street": "12 Bluestem Lane",
            "city": "Prairie Bend",
            "region": "IL",
            "postcode": "62190",
            "phone": "309-555-0142",
            "email": f"{name.lower()}@reader.example",
            "notice_channel": "email",
            "expires_on": dt.date(2028, 1, 1),
        }
        patron = register_many(self.house, self.job, [Registration(family_name=name, **{**details, **more})])[
            0
        ]
        assert isinstance(patron, int), patron
        return patron

    def item(self, title: str) -> Any:
        """One copy of a title of that name."""
        from circumspect.records.catalog.models import Item, Title

        self._serial += 1
        made = Title.objects.create(source_key=f"t:{self._serial}", title=title)
        return Item.objects.create(
            barcode=f"B{self._serial:05}", title=made, item_type=self.book, branch=self.branch
        )

    def lend(self, patron: int, title: str, *, overdue: int, state: str = "out", hour: int = 20) -> Any:
        """An item that has been due so many days ago; a negative number is still to come."""
        from circumspect.records.circulation.models import Loan

        link = self.house.vault.link("loans", patron)
        day = self.house.today() - dt.timedelta(days=overdue)
        due = int(dt.datetime.combine(day, dt.time(hour), ZONE).timestamp())
        return Loan.objects.create(
            item=self.item(title), branch="main", epoch=link.epoch, link=link.token, back=link.back,
            due_at=due, rule="*", state=state,
        )  # fmt: skip

    def hold_ready(self, patron: int, title: str, until: dt.date) -> Any:
        """A hold that stands on the shelf."""
        from circumspect.records.holds.models import Hold
        from circumspect.records.patrons.rows import new_id

        item = self.item(title)
        link = self.house.vault.link("holds", patron)
        return Hold.objects.create(
            id=new_id(), title=item.title, pickup_branch="main", state="on_shelf", place=1,
            placed_on=self.house.today(), expires_on=until, epoch=link.epoch, link=link.token, back=link.back,
            copy=item, pickup_code=str(new_id())[:4], pick_up_by=until,
        )  # fmt: skip

    def owes(self, patron: int, cents: int) -> Any:
        """An open fee."""
        from circumspect.records.fees.models import FeeLine
        from circumspect.records.patrons.rows import new_id

        link = self.house.vault.link("fees", patron)
        return FeeLine.objects.create(
            id=new_id(), epoch=link.epoch, link=link.token, back=link.back, kind="overdue", amount=cents,
            outstanding=cents, day=self.house.today(), branch="main", state="open",
        )  # fmt: skip

    def run(self, email: Any = None, sms: Any = None) -> Any:
        """One run, by these ways."""
        from circumspect.offices.notices.kinds import Channel
        from circumspect.offices.notices.running import run

        ways = {Channel.EMAIL: email or Taker(), Channel.SMS: sms or Taker()}
        return run(self.house, self.settings, ways)

    def states(self) -> dict[str, int]:
        """How many notices are in each state."""
        from circumspect.offices.notices.models import Notice

        found: dict[str, int] = {}
        for state in Notice.objects.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found

    def entries(self, purpose: str = "send a notice") -> list[dict[str, Any]]:
        """What the ledger holds for a purpose."""
        ledger = self.house.ledger
        bodies = [dict(entry.body) for entry in ledger.entries(0, ledger.size())]
        return [body for body in bodies if body["purpose"] == purpose]


class Taker:
    """A transport that keeps what it is given, and answers as told.

    Attributes:
        answers: By address; everything else is sent. An exception is raised.
    """

    def __init__(self, **answers: Any) -> None:
        self.taken: list[Any] = []
        self.answers = answers
        self.knows: bool | None = None

    @contextmanager
    def session(self) -> Iterator[Any]:
        yield self._take

    def left(self, notice: int) -> bool | None:
        return self.knows

    def _take(self, message: Any) -> Any:
        from circumspect.offices.notices.transports import Outcome

        answer = self.answers.get(message.to.partition("@")[0], Outcome.SENT)
        if isinstance(answer, BaseException):
            raise answer
        if answer in (Outcome.SENT, Outcome.UNSURE):
            self.taken.append(message)
        return answer

    def to(self, name: str) -> list[Any]:
        """What one reader got."""
        return [message for message in self.taken if message.to.startswith(name)]
