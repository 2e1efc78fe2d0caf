"""Show what a notice looks like, with an invented person: for whoever chooses the settings.

Source: issue "the desk complete", section 1.
"""

from __future__ import annotations

import datetime as dt

from circumspect.offices.notices.gathering import Senders
from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings
from circumspect.offices.notices.rendering import (
    Facts,
    Matter,
    TitleLine,
    Titles,
    call_script,
    email_body,
    postcard,
    subject,
    text_message,
)
from circumspect.offices.notices.wording import words_of
from circumspect.trust.door.house import House


def preview(
    house: House, settings: NoticeSettings, kind: Kind, language: str, *, titles: bool
) -> dict[str, str]:
    """A notice of one kind by every way it can go: texts by way, about things that do not exist.

    Args:
        titles: As somebody sees it who chose to have titles named.
    """
    words = words_of(language)
    today = house.today()
    days = {Kind.OVERDUE: -7, Kind.BILL: -settings.bill_days, Kind.CARD_EXPIRING: 30}
    day = today + dt.timedelta(days=days.get(kind, settings.almost_due_days))
    cents = 2750 if kind in (Kind.BILL, Kind.BALANCE) else None
    matter = Matter(kind, 2, None if kind in (Kind.BALANCE, Kind.HOLD_CANCELLED) else day, cents)
    facts = Facts((matter,), Senders(house, settings).of(""))
    lines = {kind: [TitleLine(f"An invented title, volume {number}", day) for number in (1, 2)]}
    named = Titles.chosen("yes" if titles else "no", lines)
    script = call_script(words, facts)
    return {
        "subject": subject(words, facts),
        Channel.EMAIL.value: email_body(words, facts, named),
        Channel.SMS.value: text_message(words, facts),
        Channel.PHONE.value: "\n".join([script.anybody, script.once_alone, *script.person]),
        "postcard": "\n".join(postcard(words, facts)),
    }
