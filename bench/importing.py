"""Import patrons from CSV by the real command, from file to searchable records.

python -m bench.importing [--patrons 100000]
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import invented, machine

COMMAND = str(Path(sys.executable).with_name("circumspect"))
COLUMNS = (
    "card_number",
    "category",
    "given_name",
    "family_name",
    "street",
    "city",
    "postcode",
    "phone",
    "email",
    "birth_date",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patrons", type=int, default=100_000)
    count = parser.parse_args().patrons
    folder = Path(tempfile.mkdtemp(prefix="circumspect-bench-"))
    try:
        home = folder / "home"
        subprocess.run([COMMAND, "init", str(home)], check=True, stdout=subprocess.DEVNULL)
        path = folder / "patrons.csv"
        os.environ["CIRCUMSPECT_HOME"] = str(home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
        import django

        django.setup()
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            for one in invented(0, count):
                writer.writerow([getattr(one, name) for name in COLUMNS])
        print(machine())
        begin = time.perf_counter()
        subprocess.run([COMMAND, "import", "patrons", str(path), "--home", str(home)], check=True)
        spent = time.perf_counter() - begin
        print(f"{count:,} patrons in {spent:.0f} s ({count / spent:.0f}/s)")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
