"""The columnar engine that adds counters up, through Ibis: DuckDB in this process, or a Spark cluster the library has.

    [statistics] engine = "duckdb"                  by itself
    [statistics] engine = "spark://host:7077"       the address of the cluster's master

Both get the same rows and the same expressions. Whatever decides what the public sees (which cells are hidden, how
they are rounded, in which order they stand) is done above the engine, on whole numbers, and knows of no engine.
What goes in is held against one schema, in which nothing may be missing; what comes out likewise, and a sum that
does not fit is an error on both. Loaded when it is needed, and not by the server.

Source: expressions; clause MP-4.16.
"""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from circumspect.home import Home, HomeError
from circumspect.offices.statistics.expressions import COLUMNS, name_of, table_of
from circumspect.offices.statistics.plans import Plan, Year

EMBEDDED = "duckdb"
THREADS = 2
MEMORY = "3GB"
Counts = Callable[[Plan, Year], Mapping[tuple[str, str], int]]

_CHUNK = 100_000
_MASTER = re.compile(r"spark://[A-Za-z0-9.-]+:\d{1,5}(,[A-Za-z0-9.-]+:\d{1,5})*")
# What a cluster's own settings may not change, and what a short visit needs not have.
_SPARK = {
    "spark.sql.ansi.enabled": "true",  # a sum that does not fit is an error, and no other number
    "spark.ui.enabled": "false",  # a page without a sign-in, with what is being counted
    "spark.eventLog.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "4",
}


class EngineError(Exception):
    """The engine cannot be had, or counted nothing usable. The message names what to do, and no count."""


def chosen(home: Home) -> str:
    """The engine this library has chosen.

    Raises:
        HomeError: ``[statistics] engine`` names none.
    """
    address = home.setting("statistics", "engine", EMBEDDED)
    if address != EMBEDDED and not (isinstance(address, str) and _MASTER.fullmatch(address)):
        raise HomeError(
            f'[statistics] engine is "{EMBEDDED}", or the address of a Spark master, such as "spark://host:7077"'
        )
    return str(address)


@contextmanager
def counting(address: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[Counts]:
    """An engine that holds counted events until the block ends; what runs a plan for a year on it.

    Args:
        address: As ``chosen`` gives it.
        rows: Counted events, in the order of COLUMNS.

    Raises:
        EngineError: It cannot be had.
    """
    with _duckdb(rows) if address == EMBEDDED else _spark(address, rows) as (engine, events):
        yield partial(run, engine, events)


def run(engine: Any, events: Any, plan: Plan, year: Year) -> Mapping[tuple[str, str], int]:
    """A plan's counts by row and column.

    Raises:
        EngineError: It failed, or a sum does not fit, or it gave a cell twice, or no number for it.
    """
    try:
        with _ibis_own_warnings():
            answer = engine.to_pyarrow(table_of(events, plan, year)).to_pylist()
    except Exception as problem:  # engines raise what they like; either way there is no table
        raise EngineError(
            f"the engine could not count {plan.code} ({type(problem).__name__}), so nothing is published"
        ) from problem
    found = {(name_of(line["row"]), name_of(line["column"])): line["count"] for line in answer}
    if len(found) != len(answer) or not all(isinstance(count, int) for count in found.values()):
        raise EngineError(
            f"the engine's table {plan.code} is none: a cell stands in it twice, or is no number"
        )
    return found


def connect(path: str = ":memory:") -> Any:
    """The embedded engine, which fetches nothing from anywhere."""
    import ibis

    return ibis.duckdb.connect(
        path,
        threads=THREADS,
        memory_limit=MEMORY,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )


@contextmanager
def _duckdb(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
    engine = connect()
    try:
        for at, part in enumerate(_parts(rows)):
            engine.con.register("part", part)
            engine.con.execute("INSERT INTO events FROM part" if at else "CREATE TABLE events AS FROM part")
            engine.con.unregister("part")
        with _ibis_own_warnings():
            events = engine.table("events")
        yield engine, events
    finally:
        engine.disconnect()


@contextmanager
def _spark(address: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
    import ibis
    import pyarrow as pa

    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EngineError(
            "the engine is a Spark cluster, and this environment has no pyspark:"
            " tools/spark.sh makes one that has; run .venv-spark/bin/circumspect"
        ) from None
    _see_that_it_answers(address)
    builder = SparkSession.builder.master(address).appName("circumspect statistics")
    for name, value in _SPARK.items():
        builder = builder.config(name, value)
    table, session = pa.concat_tables(_parts(rows)), None
    try:
        try:
            session = builder.getOrCreate()
            # From this process to the executors: the cluster needs no folder in common with us.
            session.createDataFrame(table).createOrReplaceTempView("events")
            with _ibis_own_warnings():
                engine = ibis.pyspark.connect(session)
                events = engine.table("events")
        except Exception as problem:  # a page of Java, whatever it was
            raise EngineError(
                f"the Spark cluster at {address} took no work ({type(problem).__name__}): its logs say why"
            ) from problem
        yield engine, events
    finally:
        if session is not None:
            session.stop()


def _see_that_it_answers(address: str) -> None:
    """Spark itself goes on asking for a minute, and then says it in a page of Java."""
    for each in address.removeprefix("spark://").split(","):
        host, port = each.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except (OSError, OverflowError):
            continue
        return
    raise EngineError(f"no Spark master answers at {address}, which [statistics] engine names")


def _parts(rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """The rows as tables of at most _CHUNK rows; at least one, which may be empty.

    Raises:
        EngineError: Something is missing in a row. Engines do not agree on what that would add up to.
    """
    import pyarrow as pa

    kinds = {"month": pa.int32(), "count": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    left = iter(rows)
    chunk = list(islice(left, _CHUNK))
    while True:
        columns = list(zip(*chunk, strict=True)) or [()] * len(COLUMNS)
        part = pa.table(
            [pa.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)], schema
        )
        if any(column.null_count for column in part.columns):
            raise EngineError("something is missing in what was counted")
        yield part
        chunk = list(islice(left, _CHUNK))
        if not chunk:
            return


@contextmanager
def _ibis_own_warnings() -> Iterator[None]:
    """Ibis calls something of the engines' by names that are on their way out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
