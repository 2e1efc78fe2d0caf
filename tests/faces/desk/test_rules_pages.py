"""Loan rules at the desk: read by everybody, written by a lead, tried out before they count."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS

from circumspect.records.circulation.models import ClosedDay, ClosedHours, LoanRule
from circumspect.records.circulation.rulebook import RULE_BOOK, put_terms
from circumspect.records.circulation.rules import FinePer, LoanTerms

pytestmark = pytest.mark.django_db(databases=DATABASES)
TYPED = {
    "category": "resident_adult",
    "item_type": "book",
    "branch": "",
    "lendable": "yes",
    "hold_allowed": "yes",
    "period_kind": "days",
    "period": "28",
    "renewals": "3",
    "max_items": "40",
    "max_of_type": "0",
    "fine_per": "day",
    "fine_cents": "0.25",
    "grace": "2",
    "fine_cap_cents": "5.00",
}


@pytest.fixture
def rules(library):
    """A rule for anything, and one for children."""
    put_terms(
        [
            LoanTerms("", "", "", period=21, renewals=2, max_items=50),
            LoanTerms(
                "resident_juvenile", "book", "", period=14, renewals=1, max_items=10, fine_cents=10,
                fine_per=FinePer.DAY, grace=1, fine_cap_cents=200,
            ),
        ]
    )  # fmt: skip


def test_everybody_reads_the_rules_and_what_they_mean(desk, rules):
    desk.open("/rules/")

    assert "Any category Any item Any branch 21 days 2 50 none" in desk.text
    assert (
        "Resident juvenile Book Any branch 14 days 1 10 $0.10 a day after 1 day, $2.00 at most" in desk.text
    )
    assert "Change" not in desk.text


def test_without_a_rule_the_built_in_one_is_shown(desk):
    desk.open("/rules/")

    assert "21 days built in" in desk.text


def test_a_clerk_writes_no_rule(desk, rules):
    for path, form in (
        ("/rules/edit/", TYPED),
        ("/rules/remove/", {"category": "resident_juvenile", "item_type": "book", "branch": ""}),
        ("/rules/hours/?branch=main", {"act": "week", "day0": "9-17"}),
    ):
        response = desk.does(path, **form)
        assert response.status_code == 403
        assert "Loan rules are written by the circulation lead." in desk.text
    assert LoanRule.objects.count() == 2


def test_a_lead_adds_a_rule_and_it_counts_at_the_next_loan(lead_desk, rules):
    lead_desk.does("/rules/edit/", **TYPED)

    assert "Resident adult Book Any branch 28 days 3 40 $0.25 a day after 2 days, $5.00 at most" in (
        lead_desk.text
    )
    lead_desk.open()
    lead_desk.scan(ADA_CARD)
    lead_desk.scan(ITEMS[0])
    assert "due Dec 21, 2026" in lead_desk.said()


def test_a_lead_changes_a_rule_and_its_key_stays(lead_desk, rules):
    address = "/rules/edit/?category=resident_juvenile&item_type=book&branch="
    lead_desk.open(address)
    assert "Resident juvenile / Book / Any branch" in lead_desk.text
    assert 'name="period" type="text" inputmode="numeric" value="14"' in lead_desk.html

    lead_desk.does(address, **{**TYPED, "period": "10", "category": "staff"})

    rule = LoanRule.objects.get(category="resident_juvenile")
    assert (rule.period, rule.fine_cents, rule.fine_cap_cents) == (10, 25, 500)
    assert not LoanRule.objects.filter(category="staff").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"period": "0"}, "A loan is 1 to 730 days long"),
        ({"period": "99999999"}, "Give a whole number"),
        ({"period_kind": "fixed", "fixed_on": ""}, "Choose the day on which everything falls due"),
        ({"fine_cents": "a lot"}, "An amount is dollars and cents"),
        ({"fine_cents": ""}, "Give the amount, or choose fine-free"),
        ({"fine_cap_cents": "0.10"}, "The most is less than the fine for one day or hour"),
        ({"category": "nobody"}, "Choose one of the list"),
        ({"category": "", "item_type": ""}, "There is a rule for these three already"),
        ({"long_overdue_days": "30", "lost_days": "10"}, "An item is long overdue before it is given up"),
    ],
)
def test_a_rule_that_cannot_be_meant_comes_back_with_what_is_wrong(lead_desk, rules, wrong, said):
    response = lead_desk.does("/rules/edit/", **{**TYPED, **wrong})

    assert response.status_code == 422
    assert said in lead_desk.text
    assert 'value="3"' in lead_desk.html
    assert LoanRule.objects.count() == 2


def test_a_removed_rule_leaves_the_next_closest_to_decide(lead_desk, rules):
    lead_desk.does("/rules/remove/", category="resident_juvenile", item_type="book", branch="")

    assert RULE_BOOK.closest("resident_juvenile", "book", "main").period == 21


# what would happen if


def try_out(window, **more):
    from urllib.parse import urlencode

    asked = {
        "category": "resident_juvenile",
        "item_type": "book",
        "branch": "main",
        "when": "2026-11-23T10:00",
        **more,
    }
    return window.open("/rules/try/?" + urlencode(asked))


def test_a_trial_says_which_rule_decides_and_why(desk, rules):
    try_out(desk, late="1, 3, 60")

    assert "Due Mon Dec 7, 2026" in desk.text
    assert (
        "Resident juvenile / Book / Any branch It names the category and the item type, more closely than"
        " one other rule that fits." in desk.text
    )
    assert "until Mon Dec 21, 2026" in desk.text
    assert "1 $0.00 3 $0.20 60 $2.00" in desk.text


def test_a_trial_rolls_over_closed_days_and_says_so(desk, rules):
    ClosedDay.objects.create(branch="main", day=dt.date(2026, 12, 7), name="Repairs")
    RULE_BOOK.forget()

    try_out(desk, late="1")

    assert "Due Tue Dec 8, 2026" in desk.text
    assert "Moved on, because the branch is closed" in desk.text


def test_a_trial_with_a_block_says_what_stops_the_loan(desk, rules):
    try_out(desk, block="returned_mail")

    assert "It would not be lent. Mail came back." in desk.text


def test_a_trial_opens_nothing_and_writes_nothing_down(desk, library, rules):
    before = library.ledger.size()

    try_out(desk)

    assert library.ledger.size() == before


@pytest.mark.parametrize(
    "wrong",
    [{"when": "soon"}, {"late": "many"}, {"late": "0"}, {"price": "x"}, {"branch": "moon"}, {"block": "x"}],
)
def test_a_trial_of_nonsense_says_what_cannot_be_read(desk, rules, wrong):
    assert try_out(desk, **wrong).status_code == 422
    assert "Due" not in desk.text


# hours


def test_a_lead_writes_the_week_and_loans_fall_due_on_open_days(lead_desk, rules):
    week = {f"day{at}": "9:00-12:00, 13-17:30" for at in range(5)}

    lead_desk.does("/rules/hours/?branch=main", act="week", **week)

    assert 'name="day0" value="09:00-12:00, 13:00-17:30"' in lead_desk.html
    assert 'name="day6" value=""' in lead_desk.html
    try_out(lead_desk, when="2026-11-28T10:00")  # 14 days on: a Saturday
    assert "Due Mon Dec 14, 2026" in lead_desk.text


@pytest.mark.parametrize("typed", ["9-8", "nine to five", "9:00-12:00, 11:00-14:00", "25-26"])
def test_hours_that_cannot_be_meant_come_back(lead_desk, typed):
    response = lead_desk.does("/rules/hours/?branch=main", act="week", day2=typed)

    assert response.status_code == 422
    assert f'value="{typed}"' in lead_desk.html


def test_days_are_closed_and_opened_again_for_one_branch_or_for_all(lead_desk):
    where = "/rules/hours/?branch=main"
    lead_desk.does(
        where, act="close", first="2026-12-24", last="2026-12-26", name="Holidays", everywhere="yes"
    )
    assert ClosedDay.objects.filter(branch="").count() == 3
    assert "Dec 24, 2026 Holidays every branch" in lead_desk.text
    lead_desk.does(where, act="close", first="2026-12-31", closes_at="13:00", opens_at="17:00")
    assert ClosedHours.objects.get().branch == "main"

    lead_desk.does(where, act="reopen", first="2026-12-24", last="2026-12-24", everywhere="yes")
    lead_desk.does(where, act="reopen", first="2026-12-31", last="2026-12-31", closes_at="13:00")

    assert not ClosedHours.objects.exists()
    assert set(ClosedDay.objects.values_list("day", flat=True)) == {
        dt.date(2026, 12, 25),
        dt.date(2026, 12, 26),
    }


@pytest.mark.parametrize(
    "typed",
    [
        {"first": ""},
        {"first": "2026-01-01"},
        {"first": "2026-12-24", "last": "2026-12-20"},
        {"first": "2026-12-24", "last": "2027-12-20"},
        {"first": "2026-12-24", "closes_at": "13:00", "opens_at": "12:00"},
        {"first": "2026-12-24", "closes_at": "13:00"},
    ],
)
def test_a_closure_that_cannot_be_meant_is_none(lead_desk, typed):
    response = lead_desk.does("/rules/hours/?branch=main", act="close", **typed)

    assert response.status_code == 422
    assert not ClosedDay.objects.exists()
    assert not ClosedHours.objects.exists()
