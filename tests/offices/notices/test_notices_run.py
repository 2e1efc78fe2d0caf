"""Runs of notices: who is told of what, once, and what becomes of it when things break."""

from __future__ import annotations

import datetime as dt

import pytest
from notices_support import DATABASES, Library, Taker

from circumspect.offices.notices.models import Notice
from circumspect.offices.notices.transports import Outcome, TransportDownError

pytestmark = pytest.mark.django_db(databases=DATABASES)


# the ladder


@pytest.mark.parametrize(
    ("overdue", "kind"),
    [(-4, None), (-3, "almost_due"), (0, "almost_due"), (1, "overdue"), (6, "overdue"), (7, "overdue"),
     (14, "overdue"), (27, "overdue"), (28, "bill"), (80, "bill"), (200, None)],
)  # fmt: skip
def test_a_loan_is_written_about_by_the_step_it_has_come_to(library: Library, overdue, kind):
    library.lend(library.reader("Ada"), "Moss", overdue=overdue)

    library.run()

    assert [notice.kind for notice in Notice.objects.all()] == ([kind] if kind else [])


def test_each_step_is_written_about_once_and_the_next_one_again(library: Library, clock):
    library.lend(library.reader("Ada"), "Moss", overdue=-3)
    sent, start = [], clock.now
    for day in (0, 0, 1, 3, 4, 4, 5, 9, 10, 16, 17, 17, 18, 30, 31, 32, 40):  # 23 November is day 0
        library.house.clock.now = start + dt.timedelta(days=day)
        taker = Taker()
        library.run(taker)
        sent += [(day - 3, message.subject) for message in taker.taken]

    assert sent == [
        (-3, "Due soon: Test Library"),
        (1, "Overdue: Test Library"),
        (7, "Overdue: Test Library"),
        (14, "Overdue: Test Library"),
        (28, "Bill: Test Library"),
    ]


def test_one_notice_a_day_gathers_what_a_reader_has(library: Library):
    ada = library.reader("Ada")
    for title in ("Moss", "Bog", "Fen"):
        library.lend(ada, title, overdue=1)
    library.lend(ada, "Reed", overdue=-2)
    library.lend(ada, "Peat", overdue=30)
    library.owes(ada, 350)
    taker = Taker()

    library.run(taker)

    assert len(taker.taken) == 1
    body = taker.taken[0].body
    assert "3 items you borrowed are overdue" in body
    assert "One item you borrowed is due on" in body
    assert "To replace it costs $25.00" in body
    assert "You owe the library $3.50" in body
    assert taker.taken[0].subject == "Notices from Test Library"


def test_loans_of_two_epochs_come_in_one_notice(library: Library, clock):
    """A reader's links differ from epoch to epoch; the reader does not."""
    ada = library.reader("Ada")
    library.lend(ada, "Moss", overdue=-40)
    clock.forward(days=29)
    library.lend(ada, "Fen", overdue=-11)
    clock.forward(days=12)
    taker = Taker()

    library.run(taker)

    assert len({bytes(loan) for loan in _links()}) == 2
    assert len(taker.taken) == 1
    assert "2 items" in taker.taken[0].body


def _links():
    from circumspect.records.circulation.models import Loan

    return Loan.objects.values_list("link", flat=True)


def test_a_renewal_begins_the_ladder_anew(library: Library):
    ada = library.reader("Ada")
    loan = library.lend(ada, "Moss", overdue=1)
    library.run()
    loan.refresh_from_db()
    loan.due_at += 21 * 86400
    loan.save()
    Notice.objects.all().delete()

    library.house.clock.forward(days=21)
    Taker()
    library.run()

    assert Notice.objects.get().kind == "overdue"


@pytest.mark.clause("TH-1.11")
def test_what_came_back_since_it_was_queued_is_in_no_notice(library: Library):
    """Nothing of an item is kept in the outbox: the text is made when it leaves."""
    ada = library.reader("Ada", notice_titles="yes")
    loan = library.lend(ada, "Moss", overdue=1)
    library.run(Taker(ada=TransportDownError("away")))
    assert library.states() == {"queued": 1}

    loan.delete()
    taker = Taker()
    library.run(taker)

    assert taker.taken == []
    assert library.states() == {}


def test_a_claimed_return_is_not_reminded_of_and_a_lost_item_is_billed(library: Library):
    library.lend(library.reader("Ada"), "Moss", overdue=5, state="claimed")
    library.lend(library.reader("Ben"), "Fen", overdue=20, state="lost")
    library.lend(library.reader("Cyd"), "Bog", overdue=29, state="lost")
    taker = Taker()

    library.run(taker)

    assert [(message.to, message.subject) for message in taker.taken] == [
        ("cyd@reader.example", "Bill: Test Library")
    ]


# other kinds


def test_a_hold_on_the_shelf_is_told_once_and_again_for_another_last_day(library: Library, clock):
    ada = library.reader("Ada")
    hold = library.hold_ready(ada, "Moss", dt.date(2026, 11, 30))
    taker = Taker()
    for _ in range(3):
        library.run(taker)
    assert len(taker.taken) == 1
    assert "We keep it until Nov 30, 2026" in taker.taken[0].body

    hold.refresh_from_db()
    hold.pick_up_by = dt.date(2026, 12, 4)
    hold.save()
    library.run(taker)

    assert len(taker.taken) == 2


def test_word_that_holds_ended_is_taken_up_and_gone(library: Library):
    from django.db import connection

    from circumspect.records.patrons.models import NoticeWord
    from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word

    ada = library.reader("Ada")
    link = library.house.vault.link("holds", ada)
    with connection.cursor() as cursor:
        for _ in range(2):
            leave_word(cursor, HOLD_CANCELLED, "holds", link, branch="main", today=library.house.today())
    taker = Taker()

    library.run(taker)

    assert "2 holds or requests of yours have ended" in taker.taken[0].body
    assert not NoticeWord.objects.exists()


def test_a_card_is_told_of_thirty_days_before_it_runs_out_and_not_if_renewed(library: Library, clock):
    library.reader("Ada", expires_on=dt.date(2026, 12, 28))
    library.reader("Ben", expires_on=dt.date(2027, 1, 20))
    library.reader("Cyd", expires_on=dt.date(2027, 6, 1))
    sent, start = [], clock.now
    for day in (0, 4, 5, 6, 8, 27, 28, 29, 40):
        clock.now = start + dt.timedelta(days=day)
        taker = Taker()
        library.run(taker)
        sent += [(library.house.today(), message.to) for message in taker.taken]

    assert sent == [
        (dt.date(2026, 11, 28), "ada@reader.example"),
        (dt.date(2026, 12, 21), "ben@reader.example"),
    ]


def test_a_card_renewed_meanwhile_is_not_told_of(library: Library, clock, clerk):
    from circumspect.records.patrons.registration import Change, change
    from circumspect.records.patrons.standing import Standing
    from circumspect.trust.policy.request import Circumstance

    ada = library.reader("Ada", expires_on=dt.date(2026, 12, 28))
    library.run()
    assert library.states() == {"queued": 1}
    renewed = Standing("resident_adult", "main", dt.date(2028, 12, 28))
    change(library.house, clerk, ada, Change(standing=renewed), circumstance=Circumstance.OPEN_TRANSACTION)

    clock.forward(days=5)
    taker = Taker()
    library.run(taker)

    assert taker.taken == []
    assert library.states() == {}


def test_a_balance_is_told_of_once_a_month_and_only_above_the_limit(library: Library, clock):
    library.owes(library.reader("Ada"), 99)
    ben = library.reader("Ben")
    library.owes(ben, 60)
    library.owes(ben, 60)
    sent, start = [], clock.now
    for day in (0, 0, 1, 7, 8, 9, 30):
        clock.now = start + dt.timedelta(days=day)
        taker = Taker()
        library.run(taker)
        sent += [(library.house.today().day, message.to) for message in taker.taken]

    # At the first run, which makes up for the first of the month, and then on the first.
    assert sent == [(23, "ben@reader.example"), (1, "ben@reader.example")]


def test_a_balance_is_told_of_once_though_the_looking_is_cut_short(library: Library, monkeypatch, clock):
    """Queued and sent, then all looked through again, the day after even."""
    from circumspect.offices.notices.models import Round

    ada = library.reader("Ada")
    library.owes(ada, 350)
    clock.forward(days=10)
    taker = Taker()
    library.run(taker)
    for _ in range(2):
        Round.objects.all().delete()
        library.run(taker)
        clock.forward(days=1)

    assert len(taker.taken) == 1


# ways


@pytest.mark.clause("TH-1.12", "TH-1.15")
def test_the_door_opens_what_one_way_of_sending_needs_and_no_more(library: Library):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    library.lend(library.reader("Ben", notice_channel="sms"), "Fen", overdue=1)

    library.run()

    asked = [set(body["fields"]) for body in library.entries() if body["series"] == "registration"]
    assert asked == [{"notice_channel"}, {"email", "language", "notice_titles"}, {"phone", "language"}]
    assert {body["series"] for body in library.entries()} == {"registration", "loans"}
    assert {(body["action"], body["actor"]) for body in library.entries()} == {("use", "job:notify")}


@pytest.mark.clause("TH-1.12")
def test_who_wants_no_notices_gets_none_and_is_not_opened_again(library: Library):
    library.lend(library.reader("Ada", notice_channel="none"), "Moss", overdue=1)
    library.run()
    before = len(library.entries())

    library.run()

    assert library.states() == {}
    assert len(library.entries()) == before


@pytest.mark.clause("TH-1.15")
def test_an_address_taken_out_is_gone_from_what_is_queued_too(library: Library, clerk):
    from circumspect.records.patrons.registration import Change, change
    from circumspect.trust.policy.request import Circumstance

    ada = library.reader("Ada")
    library.lend(ada, "Moss", overdue=1)
    library.run(Taker(ada=TransportDownError("away")))

    change(library.house, clerk, ada, Change({"email": ""}), circumstance=Circumstance.OPEN_TRANSACTION)
    taker = Taker()
    library.run(taker)

    assert taker.taken == []
    assert [(notice.channel, notice.state) for notice in Notice.objects.all()] == [("post", "waiting")]


def test_languages_and_titles_are_the_readers_choice(library: Library):
    for name, language, titles in (("Ada", "pl", "yes"), ("Ben", "es", ""), ("Cyd", "en", "no")):
        library.lend(library.reader(name, language=language, notice_titles=titles), "Moss", overdue=1)
    taker = Taker()

    library.run(taker)

    bodies = {message.to[:3]: message.body for message in taker.taken}
    assert "Jedna wypożyczona pozycja jest po terminie" in bodies["ada"]
    assert "Moss, termin minął 22 lis 2026" in bodies["ada"]
    assert "Venció el 22 nov 2026" in bodies["ben"]
    assert not any("Moss" in bodies[name] for name in ("ben", "cyd"))


def test_in_quiet_hours_nothing_is_planned_and_nothing_leaves(library: Library, clock):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    clock.forward(hours=10, minutes=1)  # one minute past eight in the evening

    assert library.run() is None
    assert library.states() == {}
    clock.forward(hours=12)
    assert library.run().sent == 1


# what breaks


@pytest.mark.clause("TH-1.12")
def test_a_crash_while_sending_sends_nobody_twice(library: Library):
    """Killed between sending and writing it down: unsure, and not sent again. The others go."""

    class PowerCut(BaseException):
        pass

    for name in ("Ada", "Ben", "Cyd"):
        library.lend(library.reader(name), "Moss", overdue=1)
    first, second = Taker(), Taker()
    cut = _cut_while_settling(PowerCut)
    with cut, pytest.raises(PowerCut):
        library.run(first)
    assert len(first.taken) == 3
    assert library.states() == {"claimed": 3}

    done = library.run(second)

    assert second.taken == []
    assert done.unsure == 3
    assert library.states() == {"unsure": 3}


def _cut_while_settling(problem):
    from unittest.mock import patch

    return patch("circumspect.offices.notices.outbox.settle", side_effect=problem)


@pytest.mark.parametrize("claims_first", [True, False])
def test_a_twin_that_claims_after_sending_would_be_caught(library: Library, monkeypatch, claims_first):
    """The control: were a claim not on disk before a message leaves, a crash would send it twice."""
    from circumspect.offices.notices import outbox, sending

    class PowerCut(BaseException):
        pass

    library.lend(library.reader("Ada"), "Moss", overdue=1)
    if not claims_first:
        monkeypatch.setattr(sending.outbox, "claim", lambda ids, *rest: set(ids))
    taker = Taker()
    with _cut_while_settling(PowerCut), pytest.raises(PowerCut):
        library.run(taker)
    library.run(taker)

    assert len(taker.taken) == (1 if claims_first else 2)
    assert outbox.found_claimed() == []


def test_a_crash_that_the_transport_can_explain_leaves_nothing_unsure(library: Library):
    class PowerCut(BaseException):
        pass

    library.lend(library.reader("Ada"), "Moss", overdue=1)
    taker = Taker()
    with _cut_while_settling(PowerCut), pytest.raises(PowerCut):
        library.run(taker)
    taker.knows = True

    library.run(taker)

    assert library.states() == {"sent": 1}
    assert len(taker.taken) == 1


def test_a_crash_while_planning_queues_nobody_twice(library: Library, monkeypatch):
    from circumspect.offices.notices import planning

    class PowerCut(BaseException):
        pass

    for name in ("Ada", "Ben", "Cyd"):
        library.lend(library.reader(name), "Moss", overdue=1)
    monkeypatch.setattr(planning, "PAGE", 1)
    real, calls = planning._plan_page, []

    def cut(*args):
        calls.append(1)
        if len(calls) == 3:
            raise PowerCut
        return real(*args)

    monkeypatch.setattr(planning, "_plan_page", cut)
    taker = Taker()
    with pytest.raises(PowerCut):
        library.run(taker)
    monkeypatch.setattr(planning, "_plan_page", real)

    library.run(taker)

    assert sorted(message.to[:3] for message in taker.taken) == ["ada", "ben", "cyd"]


def test_a_message_put_off_is_tried_again_later_and_at_last_given_up(library: Library, clock):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    tries = []
    for minutes in (0, 4, 1, 19, 1, 79, 1, 319, 1, 60):
        clock.forward(minutes=minutes)
        library.run(Taker(ada=Outcome.LATER))
        tries.append(Notice.objects.get().tries)

    assert tries == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert library.states() == {"failed": 1}


def test_a_server_that_is_away_costs_nobody_a_try(library: Library):
    for name in ("Ada", "Ben"):
        library.lend(library.reader(name), "Moss", overdue=1)

    done = library.run(Taker(ada=TransportDownError("gone"), ben=TransportDownError("gone")))

    assert done.down == ["gone"]
    assert library.states() == {"queued": 2}
    assert set(Notice.objects.values_list("tries", flat=True)) == {0}
    assert library.run().sent == 2


def test_an_address_that_takes_no_mail_is_written_to_by_post_from_then_on(library: Library, clock):
    ada = library.reader("Ada")
    library.lend(ada, "Moss", overdue=1)
    library.run(Taker(ada=Outcome.REFUSED))
    assert [(notice.channel, notice.state) for notice in Notice.objects.all()] == [("post", "waiting")]

    clock.forward(days=6)
    taker = Taker()
    library.run(taker)

    assert taker.taken == []
    assert Notice.objects.filter(channel="post", state="waiting").count() == 2


def test_two_runs_at_a_time_are_one(library: Library):
    from circumspect.offices.notices.running import only_run

    library.lend(library.reader("Ada"), "Moss", overdue=1)

    with only_run(library.house.home) as mine:
        assert mine
        assert library.run() is None
    assert library.run().sent == 1


# what is kept


@pytest.mark.clause("MP-4.14", "TH-1.8")
def test_what_was_sent_is_kept_as_kind_way_and_day_and_for_sixty_days(library: Library, clock):
    library.lend(library.reader("Ada", notice_titles="yes"), "Moss", overdue=1)
    library.run()

    row = Notice.objects.values().get()
    assert (row["kind"], row["channel"], str(row["sent_on"])) == ("overdue", "email", "2026-11-23")
    # Sealed bytes are looked through as they are: a random byte may well be "@", and three of them a short name.
    raw = {name: row.pop(name) for name in ("link", "back")}
    assert not any(
        word in bytes(value) for word in (b"Moss", b"ada@reader.example") for value in raw.values()
    )
    words = [str(value) for value in row.values()]
    assert not any("Moss" in value or "ada" in value.casefold() or "@" in value for value in words)

    from circumspect.offices.notices.running import forget_old

    clock.forward(days=60)
    assert forget_old(library.house) == 0
    clock.forward(days=1)
    assert forget_old(library.house) == 1
    assert library.states() == {}


def test_a_forgotten_reader_holds_up_nobody(library: Library):
    from circumspect.records.patrons import upkeep

    ada, ben = library.reader("Ada"), library.reader("Ben")
    for patron in (ada, ben):
        library.lend(patron, "Moss", overdue=1)
    upkeep.erase(library.house, ada)
    taker = Taker()

    library.run(taker)

    assert [message.to for message in taker.taken] == ["ben@reader.example"]


def test_a_library_that_has_not_switched_notices_on_sends_none(library: Library, home):
    from django.db import connection

    from circumspect.offices.notices.running import send_notices
    from circumspect.records.patrons.models import NoticeWord
    from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word

    ada = library.reader("Ada")
    library.lend(ada, "Moss", overdue=1)
    link = library.house.vault.link("holds", ada)
    with connection.cursor() as cursor:
        leave_word(cursor, HOLD_CANCELLED, "holds", link, branch="main", today=library.house.today())
    home.config["notices"]["on"] = False

    assert send_notices(library.house) == 0
    assert library.states() == {}
    # Nobody will take it up: word of what ended does not lie about.
    assert not NoticeWord.objects.exists()
