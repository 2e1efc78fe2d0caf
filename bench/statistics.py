"""Statistics: every fixed table over a hundred million events, by the engine and the expressions of the product.

    python -m bench.statistics [--events 100000000]

The events are made by the engine itself, in a file that goes afterwards: ten years, 12 branches, 30 item types, 60
collections, 12 categories. The house does not keep events: its counters are a few million rows at the most. So this is
a bench of engine and expressions, for a library or a state that wants to know how far they go.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

from bench.common import machine, make_home

# A hundredth of them one by one, and the rest as their like on other days.
_MAKE = """
CREATE TEMP TABLE seed AS SELECT
  r * 2654435761 % 3652 AS day,
  CASE WHEN h % 100 < 80 THEN 'circulation' WHEN h % 100 < 86 THEN 'holds' WHEN h % 100 < 92 THEN 'computer sessions'
       WHEN h % 100 < 95 THEN 'fees' WHEN h % 100 < 97 THEN 'reference questions' WHEN h % 100 < 99 THEN 'interlibrary loans'
       ELSE 'registered borrowers' END AS measure,
  ['loan', 'renewal', 'return', 'placed', 'filled', 'cancelled', 'arrived', 'supplied', 'paid', 'charged']
    [1 + (h // 100) % 10] AS kind,
  'branch' || ((h // 1000) % 12) AS branch,
  'type' || ((h // 12000) % 30) AS item_type,
  'collection' || ((h // 360000) % 60) AS collection,
  'category' || ((h // 21600000) % 12) AS category
FROM (SELECT range AS r, CAST(hash(range) % 1000000007 AS BIGINT) AS h FROM range({some}));
CREATE TABLE events AS SELECT
  DATE '2016-07-01' + CAST((day + again * 1013) % 3652 AS INTEGER) AS day,
  measure, kind, branch, item_type, collection, category, CAST(1 AS BIGINT) AS count
FROM range(100) AS other(again), seed
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="Where the file goes: it takes some GB.")
    options = parser.parse_args()
    print(machine())
    make_home()
    from circumspect.offices.statistics import engine
    from circumspect.offices.statistics.plans import PLANS, Year

    with tempfile.TemporaryDirectory(prefix="circumspect-events-", dir=options.folder) as folder:
        path = Path(folder) / "events.duckdb"
        counter = engine.connect(str(path))
        began = time.perf_counter()
        counter.con.execute(f"SET temp_directory = '{folder}'")
        counter.con.execute(_MAKE.format(some=options.events // 100))
        print(
            f"made {options.events:,} events in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 2**30:.1f} GB",
            flush=True,
        )
        peak = _Peak()
        events = counter.table("events")
        year, slowest = Year(2024, 7), 0.0
        for plan in PLANS:
            spent = []
            for _ in range(2):
                began = time.perf_counter()
                cells = engine.run(counter, events, plan, year)
                spent.append(time.perf_counter() - began)
            slowest = max(slowest, *spent)
            print(
                f"{plan.code:<36} {spent[0]:6.2f} s, again {spent[1]:6.2f} s "
                f"  {len(cells):5,} cells, {sum(cells.values()):,} events",
                flush=True,
            )
        print(
            f"slowest {slowest:.2f} s; {engine.THREADS} threads; peak memory {peak.stop() / 2**20:,.0f} MB of this process"
        )


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
