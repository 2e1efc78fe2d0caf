"""A year's tables from the rooms' counters to what is published, through the engine and past the attacker."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from circumspect.offices.statistics import borrowers, engine, gathering, releasing, typing
from circumspect.offices.statistics.attacking import Release
from circumspect.offices.statistics.models import BorrowerCount, PublishedTable, ReferenceTally
from circumspect.offices.statistics.plans import BY_CODE, PLANS, Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.tables import make
from circumspect.records.circulation.models import Tally

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

YEAR = Year(2025, 7)
TODAY = dt.date(2026, 7, 2)


def lent(
    month: str,
    branch: str,
    count: int,
    *,
    kind: str = "loan",
    item_type: str = "book",
    category: str = "resident_adult",
):
    Tally.objects.create(
        day=f"{month}-10",
        branch=branch,
        kind=kind,
        item_type=item_type,
        collection="adult",
        category=category,
        count=count,
    )


def a_year_of_counts() -> None:
    for at, month in enumerate(YEAR.months):
        lent(month, "main", 100 + at)
        lent(month, "east", 40 + at)
        lent(month, "main", 20 + at, category="resident_juvenile")
        lent(month, "main", 900, kind="return")
    lent("2025-09", "east", 3, item_type="game", category="institution")
    lent("2025-01", "main", 5000)  # another year


def counts_by_engine() -> Any:
    with engine.counting(engine.EMBEDDED, gathering.events(YEAR)) as counts:
        found = {plan: counts(plan, YEAR) for plan in PLANS}
    return lambda plan, _: found[plan]


def release(**more: Any) -> releasing.Outcome:
    return releasing.release(YEAR, Rule(), TODAY, counts_by_engine(), **more)


def test_the_engine_counts_what_the_counters_say():
    """Loans and renewals of the year; no return, and no other year."""
    a_year_of_counts()
    count = counts_by_engine()
    found = count(BY_CODE["circulation-by-month"], YEAR)

    assert found[("main", "2025-07")] == 120
    assert sum(found.values()) == sum(
        row.count for row in Tally.objects.filter(kind="loan", day__gte=YEAR.begins)
    )
    assert count(BY_CODE["circulation-by-item-type"], YEAR)[("game", "east")] == 3


@pytest.mark.clause("MP-4.16")
def test_an_engine_is_told_months_and_codes_and_no_day():
    """Whatever adds up, and wherever it stands: of two days of a month it learns one sum."""
    a_year_of_counts()
    another = Tally.objects.get(day="2025-09-10", branch="main", count=102)
    another.pk, another.day, another.count = None, dt.date(2025, 9, 11), 1
    another.save()
    told = list(gathering.events(YEAR))

    assert (202509, "circulation", "loan", "main", "book", "adult", "resident_adult", 103) in told
    assert {tuple(map(type, event)) for event in told} == {(int, *[str] * 6, int)}
    assert len(told) < Tally.objects.count()


def test_an_engine_without_events_counts_nothing():
    count = counts_by_engine()

    assert all(count(plan, YEAR) == {} for plan in PLANS)


@pytest.mark.clause("MP-4.16")
def test_a_small_count_and_what_would_give_it_away_is_not_published():
    a_year_of_counts()
    outcome = release()

    assert not outcome.withheld
    assert outcome.small > 0
    assert outcome.hidden > outcome.small
    for row in PublishedTable.objects.all():
        assert not any(shown is not None and 0 < shown < 10 for shown in row.body["shown"])
    by_type = PublishedTable.objects.get(code="circulation-by-item-type")
    assert None in by_type.body["shown"]


def test_a_table_of_a_year_is_published_once():
    a_year_of_counts()
    first = release()
    Tally.objects.all().delete()
    lent("2025-09", "main", 77)
    second = release()

    assert set(second.before) == set(first.published)
    assert not set(second.published) & set(first.published)


def test_a_trial_publishes_nothing():
    a_year_of_counts()
    outcome = release(dry_run=True)

    assert outcome.published
    assert not PublishedTable.objects.exists()


def test_a_year_that_is_not_over_is_not_published():
    with pytest.raises(releasing.NotYetError, match="2026-06-30"):
        releasing.release(YEAR, Rule(), YEAR.ends, counts_by_engine())


def test_what_is_published_reads_back_as_it_was():
    a_year_of_counts()
    release()
    row = PublishedTable.objects.get(code="circulation-by-month")
    again = releasing.read(row)

    assert again.shown[again.shape.region("main", "2025-07")] == 120
    assert again.shown[again.shape.region(None, None)] == 5 * round(
        sum(100 + n + 40 + n + 20 + n for n in range(12)) / 5
    ) or (again.shown[again.shape.region(None, None)] is None)
    assert len(again.shown) == (len(again.shape.rows) + 1) * 13


def test_a_table_that_cannot_be_protected_any_more_is_withheld():
    """Seven loans at a branch were published when five were enough; now that ten are few, no table may say of what."""
    old, outcome = Rule(smallest=5, round_to=1), releasing.Outcome("")
    by_month = make(BY_CODE["circulation-by-month"], YEAR.name, YEAR.months, {("east", "2025-09"): 7})
    by_type = make(BY_CODE["circulation-by-item-type"], YEAR.name, YEAR.months, {("game", "east"): 7})
    before = [Release(by_month.shape, dict(by_month.counts), old)]

    assert releasing.protect([by_type], Rule(), before, set(), outcome)[0] == []
    assert outcome.withheld == ["circulation-by-item-type"]


# what is typed in


@pytest.mark.clause("TH-2.10", "MP-4.16")
def test_wireless_sessions_are_a_number_somebody_types():
    """There is no column for a device, and no place for a list."""
    typing.type_in("2026-06", "main", "wifi", "1,204", is_estimate=False, today=TODAY)

    assert typing.sum_of("wifi", YEAR.months) == (1204, False)
    with pytest.raises(typing.FigureError, match="whole number"):
        typing.type_in("2026-06", "main", "wifi", "00:1B:44:11:3A:B7", is_estimate=False, today=TODAY)


@pytest.mark.parametrize(
    ("month", "figure", "value", "field"),
    [
        ("2026-13", "door", "5", "month"),
        ("2026-08", "door", "5", "month"),
        ("2026-06", "names", "5", "figure"),
        ("2026-06", "door", "-5", "value"),
        ("2026-06", "door", "many", "value"),
        ("2026-06", "door", "٣", "value"),
        ("2026-06", "door", "9" * 20, "value"),
    ],
)
def test_a_figure_that_cannot_be_meant_names_its_field(month: str, figure: str, value: str, field: str):
    with pytest.raises(typing.FigureError) as problem:
        typing.type_in(month, "main", figure, value, is_estimate=False, today=TODAY)

    assert problem.value.field == field
    assert value not in str(problem.value)


def test_a_figure_is_corrected_and_taken_out():
    for value in ("10", "20"):
        typing.type_in("2026-06", "main", "door", value, is_estimate=True, today=TODAY)
    assert typing.sum_of("door", YEAR.months) == (20, True)
    typing.type_in("2026-06", "main", "door", "", is_estimate=False, today=TODAY)
    assert typing.sum_of("door", YEAR.months) == (None, False)


@pytest.mark.clause("MP-4.16")
def test_a_reference_question_is_a_press_of_a_button():
    assert typing.tally("main", TODAY) == 1
    assert typing.tally("main", TODAY) == 2
    assert typing.tally("main", TODAY, -1) == 1
    assert typing.tally("east", TODAY, -1) == 0
    assert {field.name for field in ReferenceTally._meta.fields} == {"id", "day", "branch", "count"}


# cards in force


@pytest.mark.clause("MP-4.16", "TH-1.10")
def test_cards_in_force_are_counted_by_category_through_the_door(house: Any, clerk: Any):
    from circumspect.records.patrons.registration import Registration, register

    today = house.today()
    for number, (category, until) in enumerate(
        [("resident_adult", None), ("resident_adult", today), ("non_resident", today - dt.timedelta(days=1))]
    ):
        register(house, clerk, Registration(f"Family{number}", "Given", category=category, expires_on=until))
    before = house.ledger.size()

    assert borrowers.count_if_due(house) == 2
    assert borrowers.last_count(today, today) == (today, {"resident_adult": 2})
    assert borrowers.count_if_due(house) == 0
    entries = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(each["actor"], each["action"], list(each["fields"])) for each in entries] == [
        ("job:count", "use", ["standing"])
    ]
    assert {field.name for field in BorrowerCount._meta.fields} == {"id", "day", "category", "count"}
