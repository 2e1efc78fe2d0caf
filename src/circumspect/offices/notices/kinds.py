"""What notices there are, when each falls due, and by which way it goes. Pure.

    almost due     3 days before an item is due
    overdue        1, 7 and 14 days after
    bill           28 days after (a library may choose up to 42), or when the item was given up
    hold ready     when it stands on the shelf
    hold cancelled when it ended without being picked up
    card expiring  30 days before the registration runs out
    balance        once a month, where something is owed

Days and hours are the library's choice: ``[notices]`` in ``config.toml``. Nothing goes out in quiet hours.

Source: DOMAIN practice of notices; clause TH-1.12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from circumspect.home import Home, HomeError
from circumspect.records.circulation.noticing import Step


class Kind(StrEnum):
    """The closed list of notices."""

    ALMOST_DUE = "almost_due"
    OVERDUE = "overdue"
    BILL = "bill"
    HOLD_READY = "hold_ready"
    HOLD_CANCELLED = "hold_cancelled"
    CARD_EXPIRING = "card_expiring"
    BALANCE = "balance"


class Channel(StrEnum):
    """The ways a notice can go."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"


class State(StrEnum):
    """Where a notice stands.

    ``claimed`` is written before a notice leaves the house: whatever is found claimed after a crash may have
    gone out, and is never sent again by itself.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    WAITING = "waiting"  # for somebody to print it or to call
    PRINTING = "printing"  # handed to a printer, and nobody has said yet how it went
    SENT = "sent"
    UNSURE = "unsure"
    FAILED = "failed"


# The ladder's kinds of things that are out, which one notice a day gathers.
OF_LOANS = (Kind.ALMOST_DUE, Kind.OVERDUE, Kind.BILL)
NO_NOTICES = "none"
_LONGEST_DAYS = 60  # beyond the last step, so that switching notices on does not write about years gone by


@dataclass(frozen=True, slots=True)
class Mail:
    """How e-mail leaves: ``[notices.email]``.

    Attributes:
        tls: "starttls", "tls" (from the first byte) or "none", which is for a server on this machine.
        ca_file: Whose certificates count, "" for the machine's own list.
        password_file: A file in the key folder, "" for a server that asks none.
        sender: The address in From.
        bounces: The address that undelivered mail comes back to; a token is put before its "@".
    """

    host: str = ""
    port: int = 587
    tls: str = "starttls"
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    sender: str = ""
    bounces: str = ""


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """What the library chose: ``[notices]``."""

    on: bool = False
    almost_due_days: int = 3
    overdue_days: tuple[int, ...] = (1, 7, 14)
    bill_days: int = 28
    card_expiring_days: int = 30
    balance_on_day: int = 1  # of the month; 0 for never
    balance_from_cents: int = 100
    send_from: dt.time = dt.time(8)
    send_until: dt.time = dt.time(20)
    default_channel: Channel = Channel.EMAIL
    post: str = "letter"  # or "postcard"
    paper: str = "letter"  # US Letter and a #10 window envelope, or "a4" and a DL one
    phone: str = ""
    phones: Mapping[str, str] = field(default_factory=dict)
    mail: Mail = field(default_factory=Mail)

    @classmethod
    def of(cls, home: Home) -> NoticeSettings:
        """Read the library's choices.

        Raises:
            HomeError: One of them does not do. Names it, and says what would.
        """
        section = home.config.get("notices", {})
        known = set(cls.__dataclass_fields__) - {"mail"} | {"email", "sms"}
        for name in section:
            if name not in known:
                raise _wrong(name, "is not a setting of notices")
        values = {name: section[name] for name in section if name not in ("email", "sms")}
        for name in ("send_from", "send_until"):
            if name in values:
                values[name] = _time(name, values[name])
        if "overdue_days" in values:
            values["overdue_days"] = tuple(values["overdue_days"])
        if "default_channel" in values:
            values["default_channel"] = _channel(values["default_channel"])
        return cls(**values, mail=_mail(section.get("email", {})))._checked()

    def _checked(self) -> NoticeSettings:
        ladder = (-self.almost_due_days, *self.overdue_days, self.bill_days)
        if not all(isinstance(days, int) for days in ladder) or list(ladder) != sorted(set(ladder)):
            raise _wrong("overdue_days", "must be days that grow, such as [1, 7, 14]")
        if self.almost_due_days < 1 or (self.overdue_days and self.overdue_days[0] < 1):
            raise _wrong("almost_due_days", "and the first overdue day are 1 or more")
        if not 28 <= self.bill_days <= 42:
            raise _wrong("bill_days", "lies between 28 and 42")
        if not 1 <= self.card_expiring_days <= 45:
            raise _wrong("card_expiring_days", "lies between 1 and 45")
        if not 0 <= self.balance_on_day <= 28:
            raise _wrong("balance_on_day", "is a day of the month up to 28, or 0 for never")
        if self.send_from >= self.send_until:
            raise _wrong("send_from", "must be earlier than send_until")
        if self.post not in ("letter", "postcard"):
            raise _wrong("post", 'is "letter" or "postcard"')
        if self.paper not in ("letter", "a4"):
            raise _wrong("paper", 'is "letter" or "a4"')
        return self

    def may_send_at(self, local: dt.datetime) -> bool:
        """Whether a moment, by the library's clock, is outside the quiet hours."""
        return self.send_from <= local.time() < self.send_until

    def phone_of(self, branch: str) -> str:
        """The telephone number a notice of this branch names, "" for none."""
        return self.phones.get(branch, self.phone)


def steps(settings: NoticeSettings, today: dt.date, zone: ZoneInfo) -> list[tuple[Kind, Step]]:
    """The ladder on one day: each step with the span of due times that stand at it.

    Days are the library's own: something due at any hour of Monday is one day overdue all Tuesday.
    """
    ladder = [(Kind.ALMOST_DUE, -settings.almost_due_days)]
    ladder += [(Kind.OVERDUE, days) for days in settings.overdue_days]
    ladder.append((Kind.BILL, settings.bill_days))
    ends = [days for _, days in ladder[1:]] + [settings.bill_days + _LONGEST_DAYS]
    return [
        (
            kind,
            Step(
                days,
                midnight(today - dt.timedelta(days=end - 1), zone),
                midnight(today - dt.timedelta(days=days - 1), zone),
                lost_too=kind is Kind.BILL,
            ),
        )
        for (kind, days), end in zip(ladder, ends, strict=True)
    ]


def midnight(day: dt.date, zone: ZoneInfo) -> int:
    """The moment a day begins where the library stands, in seconds since 1970."""
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp())


def choose(preferred: str, settings: NoticeSettings) -> Channel | None:
    """By which way to reach somebody; None where they want no notices.

    What turns out not to be possible (no address, an address that came back) goes by post: see ``sending``.
    """
    if preferred == NO_NOTICES:
        return None
    wanted = Channel(preferred) if preferred in tuple(Channel) else settings.default_channel
    if wanted is Channel.EMAIL and not settings.mail.host:
        return Channel.POST
    return wanted


def _wrong(name: str, what: str) -> HomeError:
    return HomeError(f"[notices] {name} in config.toml {what}")


def _time(name: str, value: object) -> dt.time:
    try:
        return value if isinstance(value, dt.time) else dt.time.fromisoformat(str(value))
    except ValueError:
        raise _wrong(name, 'is a time such as "08:00"') from None


def _channel(value: object) -> Channel:
    try:
        return Channel(str(value))
    except ValueError:
        raise _wrong("default_channel", f"is one of {', '.join(Channel)}") from None


def _mail(section: Mapping[str, Any]) -> Mail:
    known = set(Mail.__dataclass_fields__)
    for name in section:
        if name not in known:
            raise _wrong(f"email.{name}", "is not a setting of e-mail")
    mail = Mail(**section)
    if mail.tls not in ("starttls", "tls", "none"):
        raise _wrong("email.tls", 'is "starttls", "tls" or "none"')
    if mail.host and ("@" not in mail.sender or "@" not in mail.bounces):
        raise _wrong("email.sender", "and email.bounces are addresses such as notices@library.org")
    return mail
