"""The columnar engine: DuckDB in this process, through Ibis. Loaded when it is needed, and not by the server.

Source: expressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from circumspect.offices.statistics.expressions import COLUMNS, table_of
from circumspect.offices.statistics.plans import Plan, Year

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

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


def load(engine: BaseBackend, rows: Iterable[tuple[Any, ...]]) -> Any:
    """Put counted events into an engine; the table of them."""
    import pyarrow as pa

    kinds = {"day": pa.date32(), "count": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    made = False
    for chunk in _chunks(rows):
        part = pa.table({name: [row[at] for row in chunk] for at, name in enumerate(COLUMNS)}, schema=schema)
        if made:
            engine.insert("events", part)  # type: ignore[attr-defined]
        else:
            engine.create_table("events", part)
            made = True
    if not made:
        engine.create_table("events", schema=_ibis_schema(schema))
    return engine.table("events")


def run(engine: BaseBackend, events: Any, plan: Plan, year: Year) -> Mapping[tuple[str, str], int]:
    """A plan's counts by row and column."""
    answer = engine.to_pyarrow(table_of(events, plan, year)).to_pylist()
    return {(line["row"], line["column"]): int(line["count"]) for line in answer}


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterable[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _ibis_schema(schema: Any) -> Any:
    import ibis

    return ibis.Schema.from_pyarrow(schema)
