"""Every published table is the same on DuckDB and on a real Spark cluster, and what is published knows of no engine."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from counted_on_spark import EVENTS, YEAR, events, one_more, overflows
from spark_cluster import PYTHON, ROOT, alive, cluster, none_left

from circumspect.home import Home, HomeError, known_settings
from circumspect.offices.statistics import engine, protecting
from circumspect.offices.statistics.engine import EngineError
from circumspect.offices.statistics.expressions import COLUMNS, name_of, number_of
from circumspect.offices.statistics.plans import BY_CODE, PLANS
from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.tables import make

Cells = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Seen:
    """What came of one visit to a cluster.

    Attributes:
        tables: What Spark made, by plan.
        overflows: Whether a sum that does not fit was refused.
        workers: How many workers had work.
        ran: How many Java processes were seen while it ran.
        left: Those that were there when all was over.
    """

    tables: dict[str, Cells]
    overflows: bool
    workers: int
    ran: int
    left: list[int]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A cluster is started, visited once, and stopped."""
    have = subprocess.run(
        [ROOT / "tools" / "spark.sh", "--check"], capture_output=True, text=True, check=False
    )
    if have.returncode:
        pytest.fail(have.stderr, pytrace=False)
    folder = tmp_path_factory.mktemp("cluster")
    try:
        with cluster(folder, have.stdout.strip()) as running:
            script = ROOT / "tests" / "offices" / "statistics" / "counted_on_spark.py"
            done = subprocess.run(
                [PYTHON, script, running.address],
                env=running.environment, capture_output=True, text=True, timeout=600, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            workers, ran = running.workers_used(), len(alive(folder))
    finally:
        left = none_left(folder)
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"Spark: {told['seconds']} s to take in {EVENTS:,} events, and for {len(PLANS)} tables")
    tables = {code: {(row, column): n for row, column, n in cells} for code, cells in told["tables"].items()}
    return Seen(tables, told["overflows"], workers, ran, left)


@pytest.fixture(scope="module")
def duckdb() -> Iterator[engine.Counts]:
    with engine.counting(engine.EMBEDDED, events()) as counts:
        yield counts


def differing(one: Mapping[str, Cells], other: Mapping[str, Cells]) -> list[str]:
    """The tables that are not the same, row by row."""
    return [plan.code for plan in PLANS if sorted(one[plan.code].items()) != sorted(other[plan.code].items())]


def by_hand(rows: list[tuple[Any, ...]]) -> dict[str, Cells]:
    """Every table without an engine."""
    first, last = number_of(YEAR.months[0]), number_of(YEAR.months[-1])
    at = {name: place for place, name in enumerate(COLUMNS)}
    found: dict[str, Counter[tuple[str, str]]] = {plan.code: Counter() for plan in PLANS}
    for row in rows:
        if not first <= row[0] <= last:
            continue
        for plan in PLANS:
            if row[1] == plan.measure.value and (not plan.kinds or row[2] in plan.kinds):
                column = name_of(row[at[plan.columns.value]]) if plan.columns else ""
                found[plan.code][name_of(row[at[plan.rows.value]]), column] += row[-1]
    return dict(found)


@pytest.mark.cluster
@pytest.mark.clause("MP-4.16")
def test_every_table_is_the_same_on_both_engines_row_by_row(spark: Seen, duckdb: engine.Counts):
    embedded = {plan.code: duckdb(plan, YEAR) for plan in PLANS}

    assert differing(spark.tables, embedded) == []
    assert differing(embedded, by_hand(events())) == []
    assert all(len(cells) > 5 for cells in embedded.values())


@pytest.mark.cluster
def test_one_event_more_on_one_side_is_caught(spark: Seen):
    """The twin: an engine that counted one event twice."""
    with engine.counting(engine.EMBEDDED, [*events(), one_more("placed")]) as counts:
        embedded = {plan.code: counts(plan, YEAR) for plan in PLANS}

    assert differing(spark.tables, embedded) == ["holds"]


@pytest.mark.cluster
def test_a_sum_that_does_not_fit_is_refused_by_both(spark: Seen, duckdb: engine.Counts):
    """The cluster's own settings say that a sum may run over: ours win."""
    assert spark.overflows
    assert overflows(duckdb)


@pytest.mark.cluster
def test_both_workers_worked_and_no_process_is_left(spark: Seen):
    assert spark.workers == 2
    assert spark.ran >= 3
    assert spark.left == []


def test_the_order_of_an_engines_rows_changes_nothing_that_is_published():
    dice, rule = random.Random(1), Rule()
    cells = {(row, month): dice.randrange(40) for row in ("a", "b", "c", "d") for month in YEAR.months}
    turned = dict(dice.sample(list(cells.items()), len(cells)))
    tables = [make(BY_CODE["reference-questions"], YEAR.name, YEAR.months, each) for each in (cells, turned)]
    one, other = (protecting.shown(each, protecting.hide([each], rule), rule) for each in tables)

    assert list(cells) != list(turned)
    assert list(one.items()) == list(other.items())
    assert None in one.values()


@pytest.mark.parametrize("place", range(len(COLUMNS)), ids=COLUMNS)
def test_what_is_missing_in_an_event_is_refused_before_any_engine_sees_it(place: int):
    event = [*one_more("placed")]
    event[place] = None

    with (
        pytest.raises(EngineError, match="missing"),
        engine.counting(engine.EMBEDDED, [one_more("placed"), tuple(event)]),
    ):
        pass


def test_the_engine_is_duckdb_unless_the_library_names_a_cluster(home: Home):
    assert engine.chosen(home) == "duckdb"
    assert "engine" in (known_settings()["statistics"] or ())

    home.config["statistics"] = {"engine": "spark://one:7077,two:7077"}  # type: ignore[index]
    assert engine.chosen(home) == "spark://one:7077,two:7077"


@pytest.mark.parametrize(
    "address", ["", "spark", "spark://host", "local[2]", "sc://host:15002", "https://host:1", 7, None]
)
def test_an_engine_that_was_never_tried_is_refused(home: Home, address: object):
    home.config["statistics"] = {"engine": address}  # type: ignore[index]
    with pytest.raises(HomeError, match="engine"):
        engine.chosen(home)


def test_without_pyspark_a_cluster_is_refused_and_what_to_do_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match=r"tools/spark\.sh"), engine.counting("spark://127.0.0.1:7077", []):
        pass


def test_a_master_that_does_not_answer_is_named():
    with pytest.raises(EngineError, match=r"spark://127\.0\.0\.1:1"):
        engine._see_that_it_answers("spark://127.0.0.1:1")
