"""Statistics: every fixed table over a hundred million events, by the engine and the expressions of the product.

    python -m bench.statistics                 ten years of events, as a library counts them: month after month
    python -m bench.statistics --years 1       all of them in the one year that is asked for: nothing can be passed over

The events are made by the engine itself, in a file that goes afterwards: 12 branches, 30 item types, 60 collections,
12 categories, a row for each event. The house does not keep events: its counters are a few million rows at the most, and
a release loads one year of them. So this is a bench of engine and expressions, for a library or a state that wants to
know how far they go. Beside each wall time stands the processor time of all threads: half of that is what two cores take
that have nothing else to do. The limit is a bare look at two columns of every row of the same file.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.common import machine, make_home

# One month's events, in the order in which a release gathers them.
_MONTH = """
CREATE TEMP TABLE one_month AS SELECT
  CASE WHEN h % 100 < 80 THEN 'circulation' WHEN h % 100 < 86 THEN 'holds' WHEN h % 100 < 92 THEN 'computer sessions'
       WHEN h % 100 < 95 THEN 'fees' WHEN h % 100 < 97 THEN 'reference questions' WHEN h % 100 < 99 THEN 'interlibrary loans'
       ELSE 'registered borrowers' END AS measure,
  ['loan', 'renewal', 'return', 'placed', 'filled', 'cancelled', 'arrived', 'supplied', 'paid', 'charged']
    [1 + (h // 100) % 10] AS kind,
  'branch' || ((h // 1000) % 12) AS branch,
  'type' || ((h // 12000) % 30) AS item_type,
  'collection' || ((h // 360000) % 60) AS collection,
  'category' || ((h // 21600000) % 12) AS category,
  CAST(1 AS BIGINT) AS count
FROM (SELECT CAST(hash(range) % 1000000007 AS BIGINT) AS h FROM range({some}))
ORDER BY measure, kind
"""
_LIMIT = "SELECT sum(length(branch) + length(item_type)) FROM events"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--years", type=int, default=10, help="Over how many years they are spread.")
    parser.add_argument("--folder", type=Path, default=None, help="Where the file goes: it takes some GB.")
    options = parser.parse_args()
    print(machine())
    make_home()
    from circumspect.offices.statistics import engine
    from circumspect.offices.statistics.expressions import number_of
    from circumspect.offices.statistics.plans import PLANS, Year

    year = Year(2024, 7)
    with tempfile.TemporaryDirectory(prefix="circumspect-events-", dir=options.folder) as folder:
        path = Path(folder) / "events.duckdb"
        counter = engine.connect(str(path))
        counter.con.execute(f"SET temp_directory = '{folder}'")
        began = time.perf_counter()
        counter.con.execute(_MONTH.format(some=options.events // (12 * options.years)))
        counter.con.execute(
            "CREATE TABLE events AS SELECT CAST(0 AS INTEGER) AS month, * FROM one_month LIMIT 0"
        )
        for back in range(options.years - 1, -1, -1):
            for month in Year(year.label - back, year.first).months:
                counter.con.execute(f"INSERT INTO events SELECT {number_of(month)}, * FROM one_month")
        counter.con.execute("CHECKPOINT")
        events = counter.table("events")
        made = int(events.count().execute())
        print(
            f"made {made:,} events of {options.years} years in {time.perf_counter() - began:.0f} s,"
            f" {path.stat().st_size / 2**30:.1f} GB",
            flush=True,
        )
        peak = _Peak()
        wall, processor, _ = _best(lambda: counter.con.execute(_LIMIT).fetchall())
        print(
            f"{'limit: two columns of every row':<36} {wall:6.2f} s, processor {processor:6.2f} s",
            flush=True,
        )
        slowest = most = 0.0
        for plan in PLANS:
            wall, processor, cells = _best(lambda plan=plan: engine.run(counter, events, plan, year))
            slowest, most = max(slowest, wall), max(most, processor)
            print(
                f"{plan.code:<36} {wall:6.2f} s, processor {processor:6.2f} s"
                f"   {len(cells):5,} cells, {sum(cells.values()):,} events",
                flush=True,
            )
        print(
            f"slowest {slowest:.2f} s, most processor time {most:.2f} s; {engine.THREADS} threads;"
            f" peak memory {peak.stop() / 2**20:,.0f} MB of this process"
        )


def _best(work: Callable[[], Any], times: int = 3) -> tuple[float, float, Any]:
    """The shortest of some runs, the least processor time of them, and what came of it."""
    spent = []
    for _ in range(times):
        began, busy = time.perf_counter(), time.process_time()
        result = work()
        spent.append((time.perf_counter() - began, time.process_time() - busy))
    return min(wall for wall, _ in spent), min(processor for _, processor in spent), result


class _Peak(threading.Thread):
    """The most memory this process holds while the tables are made."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most = 0
        self._going = True
        self.start()

    def run(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while self._going:
            self._most = max(self._most, int(Path("/proc/self/statm").read_text().split()[1]) * page)
            time.sleep(0.02)

    def stop(self) -> int:
        self._going = False
        self.join()
        return self._most


if __name__ == "__main__":
    main()
