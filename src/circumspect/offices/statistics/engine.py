"""The columnar engine: DuckDB in this process, through Ibis. Loaded when it is needed, and not by the server.

Source: expressions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from circumspect.offices.statistics.expressions import COLUMNS, table_of
from circumspect.offices.statistics.plans import Plan, Year

THREADS = 2
MEMORY = "3GB"
_CHUNK = 100_000


def connect(path: str = ":memory:") -> Any:
    """An engine of its own, which fetches nothing from anywhere."""
    import ibis

    return ibis.duckdb.connect(
        path,
        threads=THREADS,
        memory_limit=MEMORY,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )


def load(engine: Any, rows: Iterable[tuple[Any, ...]]) -> Any:
    """Put counted events into an engine; the table of them."""
    import pyarrow as pa

    kinds = {"day": pa.date32(), "count": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    columns = ", ".join(
        f'"{name}" {"DATE" if name == "day" else "BIGINT" if name == "count" else "VARCHAR"}'
        for name in COLUMNS
    )
    engine.con.execute(f"CREATE TABLE events ({columns})")
    for chunk in _chunks(rows):
        part = pa.table({name: [row[at] for row in chunk] for at, name in enumerate(COLUMNS)}, schema=schema)
        engine.con.register("part", part)
        engine.con.execute("INSERT INTO events SELECT * FROM part")
        engine.con.unregister("part")
    with _ibis_own_warnings():
        return engine.table("events")


def run(engine: Any, events: Any, plan: Plan, year: Year) -> Mapping[tuple[str, str], int]:
    """A plan's counts by row and column."""
    with _ibis_own_warnings():
        answer = engine.to_pyarrow(table_of(events, plan, year)).to_pylist()
    return {(line["row"], line["column"]): int(line["count"]) for line in answer}


@contextmanager
def _ibis_own_warnings() -> Iterator[None]:
    """Ibis calls something of DuckDB's by a name that is on its way out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterable[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
