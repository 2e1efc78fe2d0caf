"""Fixed tables, what is hidden in them, and what a count may be cut by."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.home import Home, HomeError
from circumspect.offices.statistics import protecting, releasing
from circumspect.offices.statistics.plans import BY_CODE, PLANS, Dimension, Year
from circumspect.offices.statistics.protecting import NoWayError, Rule
from circumspect.offices.statistics.tables import Line, Table, make

CALENDAR = Year(2025, 1)


def a_table(found: dict[tuple[str, str], int], code: str = "holds") -> Table:
    return make(BY_CODE[code], CALENDAR.name, CALENDAR.months, found)


def seen(table: Table, rule: Rule = Rule(round_to=1)) -> dict[tuple[str, str], int | None]:  # noqa: B008 - frozen
    """The inner cells as published; None where hidden."""
    shown = protecting.shown(table, protecting.hide([table], rule), rule)
    return {
        (row, column): shown[table.shape.region(row, column)]
        for row in table.shape.rows
        for column in table.shape.columns
    }


@pytest.mark.clause("TH-1.17", "MP-4.16")
def test_sex_and_age_and_place_are_no_dimension():
    """No table can be made of them, whatever a library has switched on."""
    assert {each.value for each in Dimension} == {
        "branch", "month", "item_type", "collection", "category", "kind",
    }  # fmt: skip


@pytest.mark.clause("MP-4.16")
def test_no_table_crosses_two_things_known_of_a_patron():
    for plan in PLANS:
        assert [plan.rows, plan.columns].count(Dimension.CATEGORY) <= 1
        assert plan.method.endswith(".")


def test_totals_are_added_up_and_missing_cells_are_nothing():
    table = a_table({("main", "placed"): 20, ("main", "filled"): 15, ("east", "placed"): 30})
    shape = table.shape

    assert table.counts[shape.region("east", "filled")] == 0
    assert table.counts[shape.region("main", None)] == 35
    assert table.counts[shape.region(None, "placed")] == 50
    assert table.counts[shape.region(None, None)] == 65


def test_one_count_in_two_tables_is_one_region():
    by_month = a_table({("main", "2025-03"): 20}, "circulation-by-month")
    by_type = a_table({("book", "main"): 20}, "circulation-by-item-type")

    assert by_month.shape.region("main", None) == by_type.shape.region(None, "main")
    assert by_month.shape.region("main", "2025-03") not in by_type.counts


@pytest.mark.clause("MP-4.16")
def test_a_small_cell_and_a_second_one_of_its_row_and_column_are_hidden():
    cells = {
        (branch, kind): 20 + place
        for place, (branch, kind) in enumerate(
            (b, k) for b in ("a", "b", "c") for k in ("placed", "filled", "cancelled")
        )
    }
    found = seen(a_table(cells | {("b", "filled"): 3}))
    hidden = {cell for cell, number in found.items() if number is None}

    assert ("b", "filled") in hidden
    assert len(hidden) == 4
    assert all(sum(1 for row, _ in hidden if row == each) != 1 for each in ("a", "b", "c"))
    assert all(
        sum(1 for _, column in hidden if column == each) != 1 for each in ("placed", "filled", "cancelled")
    )


def test_two_small_cells_of_a_row_are_not_told_by_their_sum():
    """One and two make three: a third cell is hidden with them."""
    found = seen(
        a_table({("a", "placed"): 1, ("a", "filled"): 2, ("a", "cancelled"): 50, ("b", "placed"): 90})
    )

    assert found[("a", "cancelled")] is None


def test_nothing_is_hidden_where_nothing_is_small():
    table = a_table({("a", "placed"): 11, ("a", "filled"): 12, ("b", "placed"): 13, ("b", "filled"): 14})

    assert protecting.hide([table], Rule()) == set()


def test_zero_is_shown():
    assert seen(a_table({("a", "placed"): 40, ("b", "filled"): 40}))[("a", "filled")] == 0


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (11, 10), (12, 10), (13, 15), (17, 15), (1000, 1000)])
def test_published_counts_are_rounded_to_five(count: int, shown: int):
    rule = Rule()
    assert rule.rounded(count) == shown
    least, most = rule.range_of(shown)
    assert least <= count <= most


def test_what_has_been_shown_cannot_be_hidden_any_more():
    """Then there may be no way, and the table is not published."""
    table = a_table({("a", "placed"): 3, ("a", "filled"): 40})
    every = set(table.counts) - {table.shape.region("a", "placed")}

    with pytest.raises(NoWayError):
        protecting.hide([table], Rule(), shown_before=every)


def test_a_line_is_its_total_and_its_parts():
    shape = a_table({("a", "placed"): 3, ("b", "filled"): 40}).shape
    lines = list(shape.lines())

    assert Line(shape.region("a", None), tuple(shape.region("a", each) for each in shape.columns)) in lines
    assert len(lines) == 3 + 3


@pytest.mark.clause("MP-4.16")
@pytest.mark.parametrize("smallest", [4, 1, 0, -1])
def test_the_smallest_count_shown_cannot_be_set_below_five(home: Home, smallest: int):
    home.config["statistics"] = {"smallest": smallest}  # type: ignore[index]
    with pytest.raises(HomeError, match="smallest"):
        releasing.rule_of(home)


def test_the_smallest_count_shown_is_eleven_by_itself(home: Home):
    assert releasing.rule_of(home) == Rule(11, 5)


def test_a_year_of_reports_begins_where_the_library_says():
    year = Year.of(dt.date(2026, 3, 1), 7)

    assert (year.label, year.name) == (2025, "2025-07 to 2026-06")
    assert (year.begins, year.ends) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert Year(2025, 1).months[-1] == "2025-12"
    assert Year(2024, 1).ends == dt.date(2024, 12, 31)
