"""The loan rules are pure, closest wins, and they know nobody."""

from __future__ import annotations

import datetime as dt
import inspect
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.circulation import rules
from circumspect.records.circulation.rules import (
    DEFAULT_TERMS,
    Hindrance,
    Lent,
    LoanTerms,
    Stop,
    Stopped,
    closest_terms,
    decide_check_out,
    decide_renewal,
    due_at,
)
from circumspect.records.patrons.standing import BLOCK_RULES, Act, BlockKind, Standing

TODAY = dt.date(2026, 11, 23)
CHICAGO = ZoneInfo("America/Chicago")
GOOD = Standing("resident_adult", "main", dt.date(2027, 1, 1))
TERMS = LoanTerms("", "", "", days=21, renewals=2, max_items=3)
ROLES = ["desk", "circulation_lead", "supervisor", "deputy_director", "executive_director", "trustee"]

part = st.sampled_from(["", "a", "b"])
terms_lists = st.lists(
    st.builds(
        LoanTerms, part, part, part, days=st.integers(1, 99), renewals=st.just(1), max_items=st.just(5)
    ),
    max_size=12,
    unique_by=lambda terms: (terms.category, terms.item_type, terms.branch),
)


def by_hand(all_terms: list[LoanTerms], category: str, item_type: str, branch: str) -> LoanTerms:
    """Look for the most exact key first, as a person would in a table."""
    table = {(terms.category, terms.item_type, terms.branch): terms for terms in all_terms}
    for key in product((category, ""), (item_type, ""), (branch, "")):
        if key in table:
            return table[key]
    return DEFAULT_TERMS


@given(terms_lists, st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("abc"))
def test_the_closest_rule_wins(all_terms, category, item_type, branch):
    """Category before item type before branch, in whatever order the rules come."""
    expected = by_hand(all_terms, category, item_type, branch)

    assert closest_terms(all_terms, category, item_type, branch) == expected
    assert closest_terms(reversed(all_terms), category, item_type, branch) == expected


@given(
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    st.integers(1, 200),
    st.sets(st.integers(0, 260), max_size=150),
    st.sampled_from([CHICAGO, ZoneInfo("UTC"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Havana")]),
)
def test_nothing_falls_due_on_a_closed_day(now, days, closed_after, zone):
    """It rolls on to the next open day, and not a day further; the last second of it, at the library."""
    first = now.astimezone(zone).date()
    closed = {first + dt.timedelta(days=number) for number in closed_after}

    due = dt.datetime.fromtimestamp(due_at(now, days, zone, closed), zone)

    assert due.date() not in closed
    assert due.date() >= first + dt.timedelta(days=days)
    skipped = (due.date() - first).days - days
    assert all(first + dt.timedelta(days=days + number) in closed for number in range(skipped))
    assert (due + dt.timedelta(seconds=1)).astimezone(zone).date() > due.date()


def test_a_good_card_borrows():
    answer = decide_check_out(GOOD, items_out=2, item_status="available", terms=TERMS, due=1, today=TODAY)

    assert answer == Lent(1, TERMS)


standings = st.builds(
    Standing,
    st.just("resident_adult"),
    st.just("main"),
    st.sampled_from([None, dt.date(2027, 1, 1), dt.date(2026, 1, 1)]),
    st.lists(st.sampled_from([kind for kind in BlockKind if kind != BlockKind.EXPIRED]), unique=True).map(
        tuple
    ),
)
states = st.sampled_from(["available", "on_loan", "lost", "missing", "damaged", "withdrawn", "in_transit"])


@given(standings, st.integers(0, 6), states, st.booleans(), st.sets(st.sampled_from(ROLES)))
def test_an_override_passes_what_those_roles_may_override_and_nothing_else(
    standing, items_out, status, lendable, roles
):
    """Whatever else is in the way: one hindrance that is not theirs stops the loan."""
    terms = LoanTerms("", "", "", 21, 2, 3, lendable)
    asked = {"items_out": items_out, "item_status": status, "terms": terms, "due": 1, "today": TODAY}

    plain = decide_check_out(standing, **asked)
    overridden = decide_check_out(standing, **asked, overriding=roles)

    hindrances = plain.hindrances if isinstance(plain, Stopped) else ()
    left = tuple(each for each in hindrances if not each.override_roles & roles)
    assert overridden == (Stopped(left) if left else Lent(1, terms))
    if isinstance(plain, Stopped):
        assert plain.may_override(roles) == isinstance(overridden, Lent)


@given(standings, st.integers(0, 4), st.sets(st.sampled_from(ROLES)))
def test_a_renewal_is_stopped_by_what_stops_renewals(standing, renewals, roles):
    asked = {"renewals": renewals, "terms": TERMS, "due": 1, "today": TODAY}

    plain = decide_renewal(standing, **asked)

    expected = {kind for kind in standing.blocks_on(TODAY) if Act.RENEW in BLOCK_RULES[kind].stops}
    expected |= {Stop.NO_RENEWALS_LEFT} if renewals >= TERMS.renewals else set()
    kinds = {each.kind for each in plain.hindrances} if isinstance(plain, Stopped) else set()
    assert kinds == expected
    assert isinstance(decide_renewal(standing, **asked, overriding=roles), Lent) == all(
        each.override_roles & roles for each in (plain.hindrances if isinstance(plain, Stopped) else ())
    )


@pytest.mark.parametrize("status", ["on_loan", "lost", "missing", "damaged", "withdrawn"])
def test_nobody_lends_an_item_that_is_not_there(status):
    for roles in ([role] for role in ROLES):
        answer = decide_check_out(
            GOOD, items_out=0, item_status=status, terms=TERMS, due=1, today=TODAY, overriding=roles
        )

        assert isinstance(answer, Stopped)


def test_a_block_for_the_person_in_charge_is_not_a_leads_to_override():
    standing = GOOD.with_block(BlockKind.SEE_PERSON_IN_CHARGE)
    asked = {"items_out": 0, "item_status": "available", "terms": TERMS, "due": 1, "today": TODAY}

    assert isinstance(decide_check_out(standing, **asked, overriding={"circulation_lead"}), Stopped)
    assert isinstance(decide_check_out(standing, **asked, overriding={"deputy_director"}), Lent)


def test_every_hindrance_is_named_at_once():
    standing = Standing("x", "main", dt.date(2020, 1, 1), (BlockKind.OWES, BlockKind.SEE_LEAD))
    terms = LoanTerms("", "", "", 21, 2, 0, lendable=False)

    answer = decide_check_out(standing, items_out=0, item_status="lost", terms=terms, due=1, today=TODAY)

    assert isinstance(answer, Stopped)
    assert [each.kind for each in answer.hindrances] == [
        BlockKind.EXPIRED,
        BlockKind.OWES,
        BlockKind.SEE_LEAD,
        Stop.NOT_LENDABLE,
        Stop.ITEM_STATE,
        Stop.TOO_MANY,
    ]


@pytest.mark.clause("MP-2.1")
def test_the_rules_have_no_parameter_for_who_somebody_is():
    """No name, sex, birth date, age or note can be handed to them: there is nowhere to put it."""
    words = set()
    for function in (closest_terms, due_at, decide_check_out, decide_renewal):
        words.update(inspect.signature(function).parameters)
    for record in (Standing, LoanTerms, Hindrance, Lent, Stopped):
        words.update(inspect.signature(record).parameters)

    assert words == {
        "rules", "category", "item_type", "branch", "now", "days", "zone", "closed", "standing", "items_out",
        "item_status", "terms", "due", "today", "overriding", "renewals", "expires_on", "blocks", "max_items",
        "lendable", "kind", "words", "override_roles", "due_at", "hindrances",
    }  # fmt: skip


def test_the_rules_know_no_database():
    """Pure: neither Django nor a clock is in reach."""
    source = inspect.getsource(rules)

    assert "django" not in source
    assert ".now(" not in source
