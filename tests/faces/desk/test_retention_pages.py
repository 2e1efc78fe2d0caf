"""Keeping and forgetting at the desk: who may decide, what a decision shows, and being forgotten on request."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, AtDesk, patron_of

from circumspect.offices.retention import disposing
from circumspect.offices.retention.models import Disposal, Medium, ScheduleDecision
from circumspect.records.patrons.models import Patron

pytestmark = pytest.mark.django_db(databases=DATABASES)
DECISION = {
    "series": "fees",
    "days": "45",
    "application": "24-117C",
    "item": "12",
    "why": "Board, 4 November",
}
PAGES = ("/retention/", "/retention/schedule/", "/retention/certificates/", "/retention/media/", "/promises/")


@pytest.fixture
def boss(staff_of: Any) -> AtDesk:
    """A window at which the Executive Director has signed in."""
    staff_of("boss", ["executive_director"])
    window = AtDesk()
    window.sign_in("boss")
    return window


@pytest.fixture
def keeper(staff_of: Any) -> AtDesk:
    """A window of whoever looks after the system."""
    staff_of("sys", ["system"])
    window = AtDesk()
    window.sign_in("sys")
    return window


def test_a_clerk_is_told_whose_pages_these_are(desk):
    for page in PAGES:
        assert desk.open(page).status_code == 403
        assert "those who answer for the library's records" in desk.text


@pytest.mark.clause("TH-1.3", "TH-1.5")
def test_a_decision_shows_on_the_schedule_with_who_when_and_why(boss, library):
    boss.open("/retention/schedule/")
    assert "missing" in boss.text

    boss.does("/retention/schedule/", **DECISION)

    assert "45 days; keys live 365 days at most decided 23 Nov 2026" in boss.text
    assert "24-117C · 12" in boss.text
    boss.open("/retention/schedule/?series=fees")
    assert "23 November 2026 · 45 days · application 24-117C, item 12 · Boss Board, 4 November" in boss.text
    assert library.schedule().item("fees").days == 45


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": "12"}, "Choose 30 to 365 days"),
        ({"days": "soon"}, "Give a whole number"),
        ({"why": ""}, "Say on what ground"),
        ({"item": ""}, "Application and item number go together"),
    ],
)
def test_a_decision_that_cannot_be_meant_comes_back_filled_in(boss, wrong, said):
    response = boss.does("/retention/schedule/", **{**DECISION, **wrong})

    assert response.status_code == 422
    assert said in boss.text
    assert f'value="{wrong.get("application", "24-117C")}"' in boss.html
    assert not ScheduleDecision.objects.exists()


def test_whoever_looks_after_the_system_reads_and_does_not_decide(keeper):
    keeper.open("/retention/schedule/?series=fees")
    assert "Record the decision" not in keeper.text

    assert keeper.does("/retention/schedule/", **DECISION).status_code == 403
    assert not ScheduleDecision.objects.exists()


def test_the_dashboard_says_that_no_sweep_was_made_and_then_what_it_did(boss, library):
    boss.open("/retention/")
    assert "No sweep has been made yet." in boss.text

    from circumspect.offices.retention import evidence, sweeping

    sweeping.note(library, [])
    evidence.add(library.today(), "notes", "notes ended", 3)
    boss.open("/retention/")
    assert "all of it was done" in boss.text
    assert "Notes on a card account Notes ended 3" in boss.text

    sweeping.note(library, ["notes ended"])
    boss.open("/retention/")
    assert "A part of the last sweep failed. Notes ended" in boss.text


def test_a_certificate_is_entered_and_its_data_handed_out(boss, library):
    boss.does(
        "/retention/schedule/", series="sign-offs", days="1096", application="24-1", item="3", why="Approved"
    )
    disposing.propose(
        library,
        {"sign-offs": disposing.CertificateSeries(lambda _house: disposing.Due(4, DAY, DAY), lambda *_: 0)},
    )
    number = str(Disposal.objects.get().pk)
    boss.open("/retention/certificates/")
    assert "Who read and signed which version of the policy proposed" in boss.text

    assert (
        boss.does("/retention/certificates/", disposal=number, number="C-88", not_before="").status_code
        == 422
    )
    assert 'value="C-88"' in boss.html
    boss.does("/retention/certificates/", disposal=number, number="C-88", not_before="2026-12-24")

    assert "C-88, not before 24 Dec 2026" in boss.text
    assert b"C-88" in boss.client.get("/retention/certificates/disposals.csv").content
    assert boss.client.get("/retention/certificates/disposals.pdf").content.startswith(b"%PDF")


DAY = dt.date(2021, 3, 1)


@pytest.mark.clause("MP-4.7")
def test_a_disk_is_entered_retired_and_its_destruction_kept(keeper):
    keeper.does("/retention/media/", act="enter", mark="D-100", kind="disk", held="records")
    assert "D-100 disk records" in keeper.text
    assert (
        keeper.does("/retention/media/", act="enter", mark="D-100", kind="disk", held="records").status_code
        == 422
    )
    medium = str(Medium.objects.get().pk)

    keeper.does("/retention/media/", act="retire", medium=medium)
    keeper.does("/retention/media/", act="end", medium=medium, how="shredded or crushed", day="2026-11-23")

    assert "23 Nov 2026, shredded or crushed" in keeper.text
    assert (
        keeper.does(
            "/retention/media/", act="end", medium=medium, how="overwritten", day="2026-11-23"
        ).status_code
        == 422
    )
    assert Medium.objects.get().ended_how == "shredded or crushed"


def test_every_promise_is_looked_at_and_a_page_is_made_for_the_board(boss):
    boss.open("/promises/")

    assert "are not kept on the running system" in boss.text
    assert "kept Staff who have not signed open nothing" in boss.text
    assert "not kept Somebody outside vouches for the ledger" in boss.text
    assert boss.client.get("/promises/promises.pdf").content.startswith(b"%PDF")


@pytest.mark.clause("TH-1.10")
def test_a_patron_who_asks_is_forgotten_and_given_a_certificate(lead_desk, library):
    lead_desk.scan(ADA_CARD)
    lead_desk.does("/retention/forget/")
    assert "tick that the patron asks for it" in lead_desk.text.lower()
    assert Patron.objects.count() == 3

    lead_desk.does("/retention/forget/", sure="yes")

    assert "The record is gone" in lead_desk.text
    assert "Ziel" not in lead_desk.html
    token = lead_desk.hidden("token")[0]
    made = lead_desk.client.post("/retention/forget/certificate.pdf", {"token": token, "language": "pl"})
    assert made.content.startswith(b"%PDF")
    assert lead_desk.client.post("/retention/forget/certificate.pdf", {"token": "made up"}).status_code == 302
    assert Patron.objects.count() == 2


def test_whoever_has_something_out_is_told_so_and_stays(lead_desk, library):
    from circumspect.offices.staff import signoff
    from circumspect.offices.staff.accounts import find_member
    from circumspect.records.circulation.lending import check_out

    lead = signoff.actor_for(find_member("lead"), now=library.clock())
    check_out(library, lead, patron_of(library, ADA_CARD), ITEMS[0], branch="main")
    lead_desk.scan(ADA_CARD)

    lead_desk.does("/retention/forget/", sure="yes")

    assert "1 thing is still out. Nothing was changed." in lead_desk.said()
    assert Patron.objects.count() == 3


def test_a_clerk_forgets_nobody(desk):
    desk.scan(BEN_CARD)

    desk.does("/retention/forget/", sure="yes")

    assert Patron.objects.count() == 3
