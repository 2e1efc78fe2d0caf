"""The staff office, the review of looks and the counts of the library that is robbed.

Colleagues' names stand in the open, where SECURITY.md says; nothing else of them does, and nothing of a patron whose
record was looked at, made a decoy, or tied to a colleague as their own.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

# A colleague's name, which may be read in the tables below, and what of them may not be read at all.
COLLEAGUE, WORK_MAIL, PASSWORD = "Gvqzxwkp", "wzqvxkjp", "Tzqxjvkw-over-the-weir"
MARKS = (WORK_MAIL, PASSWORD[:8])
NAMED_IN = frozenset(
    f"default: {table}" for table in ("staff_staffmember", "staff_designation", "staff_trustee")
)
# Secrets that are made anew each time: of the code generator, and the codes on paper.
SECRETS: list[str] = []


def use_offices(house: Any, clerk: Any, cards: Sequence[str], typed: str, log: logging.Logger) -> None:
    """All three. Done once to a library, beside the life that is done to every canary."""
    use_staff(house, log)
    use_review(house, clerk, cards, log)
    use_counts(house, typed, log)


def use_staff(house: Any, log: logging.Logger) -> None:
    """Colleagues are hired, named, trained, put on duty, given second factors; and mistyped."""
    from circumspect.offices.staff import (
        accounts,
        appointing,
        designations,
        duty,
        orientation,
        passwords,
        recovery,
        signoff,
        totp,
        training,
        trustees,
    )

    now, today, keeper = house.clock(), house.today(), house.vault.secrets
    signoff.publish("2026-11", house.policy.hash, "# It", requires_signature=True, in_force_from=now)
    version = signoff.version_in_force(now)
    director = accounts.add_member("dora", f"{COLLEAGUE} Dora", ["executive_director"], PASSWORD).member
    signoff.sign(director, version, now=now)
    for number in range(2):
        member = accounts.add_member(f"clerk{number}", f"{COLLEAGUE}{number}", ["desk"], PASSWORD).member
        accounts.set_work_email(member, keeper, f"{WORK_MAIL}{number}@{WORK_MAIL}.example")
        accounts.set_work_phone(member, keeper, f"(847) 555-01 ext. 90{number}")
        SECRETS.append(f"555-01 ext. 90{number}")
        fresh = totp.start(member, keeper, issuer="The library")
        SECRETS.extend([fresh.secret, fresh.secret.replace(" ", ""), *recovery.renew(member)])
        wish = appointing.Wish("privacy_in_charge", today, today + dt.timedelta(days=90), number + 1)
        appointing.designate(director, member, wish, now=now)
        duty.put_shift(member, number, dt.time(9), dt.time(17))
        duty.put_away(member, today, today + dt.timedelta(days=3))
        for topic in designations.topics():
            training.record(director, member, topic, today, renew_by=today + dt.timedelta(days=300))
        orientation.note_read(member, version.number, now=now)
        orientation.note_talk(member, str(director.pk), today.isoformat(), now=now)
        passwords.is_right(member, PASSWORD + "x")
        log.info("%s %s %s", member, fresh, accounts.list_members())
    trustees.review(director, trustees.add(f"{COLLEAGUE} Pennington", today), "orientation", today, now=now)
    for wrong in (
        lambda: accounts.add_member("dora", COLLEAGUE, ["desk"], PASSWORD),
        lambda: accounts.set_work_email(director, keeper, f"{WORK_MAIL} at work"),
        lambda: duty.put_shift(director, 0, dt.time(18), dt.time(9)),
        lambda: keeper.reveal("another", bytes(accounts.find_member("clerk0").sealed_work_email)),
    ):
        _mistake(log, wrong)


def use_review(house: Any, clerk: Any, cards: Sequence[str], log: logging.Logger) -> None:
    """Cards are tied and marked, somebody is curious, the review runs, and what came of a look is noted."""
    from dataclasses import replace

    from circumspect.offices.review import cards as own
    from circumspect.offices.review import deciding, running
    from circumspect.records.circulation import serving
    from circumspect.records.patrons.cards import find_card
    from circumspect.trust.policy.request import Circumstance, Reason

    pic = replace(clerk, id="44", roles=frozenset({"privacy_in_charge"}))
    own.tie(house, 45, cards[0])
    own.mark_decoy(house, 44, cards[1])
    for card in cards[:6]:
        serving.serve(
            house, clerk, find_card(house, card).patron,
            circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE,
        )  # fmt: skip
    # The looks of this moment are over by then: a review leaves an errand that still goes on.
    later = replace(house, clock=lambda: house.clock() + dt.timedelta(hours=1))
    running.review(later)
    waiting = deciding.to_review(house, pic)
    assert waiting, "nothing was flagged: nothing is attacked"
    # A look that stands out may be at somebody who was forgotten since: of those nobody can tell whose it was.
    told = [each.index for each in waiting if _is_told(house, pic, each.index)]
    assert told, "nobody was told of: nothing is attacked"
    log.info("%s", waiting)
    deciding.note(house, pic, told[0], "explained")
    _mistake(log, lambda: own.tie(house, 45, f"{cards[0]}1"))
    _mistake(log, lambda: deciding.note(house, pic, told[0], cards[0]))


def _is_told(house: Any, actor: Any, index: int) -> bool:
    """Whether it opens whose record it was at: a name, as text, so that whoever logs it has only themselves to blame."""
    from circumspect.offices.review import deciding
    from circumspect.trust.door.errors import Refused

    try:
        return bool(deciding.whose(house, actor, index))
    except (deciding.ReviewError, Refused):
        return False


def use_counts(house: Any, typed: str, log: logging.Logger) -> None:
    """Figures are typed in, people counted by category, a year's tables made; somebody types a name for a number."""
    from circumspect.offices.statistics import borrowers, releasing, typing
    from circumspect.offices.statistics.plans import Year
    from circumspect.offices.statistics.protecting import Rule

    today = house.today()
    typing.type_in(today.strftime("%Y-%m"), "main", "door", "1,204", is_estimate=False, today=today)
    typing.tally("main", today)
    borrowers.count(house)
    releasing.release(
        Year(today.year - 2, 1),
        Rule(),
        today,
        lambda plan, _year: {("resident_adult", ""): 4210} if plan.code == "registered-borrowers" else {},
    )
    month = today.strftime("%Y-%m")
    for wrong in (
        lambda: typing.type_in(month, "main", "door", typed, is_estimate=False, today=today),
        lambda: typing.type_in(month, "main", typed, "1", is_estimate=False, today=today),
    ):
        _mistake(log, wrong)


def _mistake(log: logging.Logger, wrong: Any) -> None:
    try:
        wrong()
    except Exception as problem:
        log.exception("%s", problem)
    else:
        raise AssertionError("a mistake that was none")
