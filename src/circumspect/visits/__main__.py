"""Start the annex without the house: ``python -m circumspect.visits --folder FOLDER``.

A library that wants it under an account of its own gives it a folder of that account and no home at all. A
PostgreSQL address comes in the environment, where other accounts of the machine do not see it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from circumspect.home import HomeError
from circumspect.visits import annex
from circumspect.visits.settings import Settings

DATABASE_VARIABLE = "CIRCUMSPECT_VISITS_DATABASE"


def arguments(settings: Settings, *, beside_server: bool) -> list[str]:
    """The command line of an annex with these settings, but for its database."""
    said = ["--folder", str(settings.folder), "--timezone", settings.zone]
    if settings.keep_hours:
        said += [
            "--keep-addresses-hours",
            str(settings.keep_hours),
            "--keep-addresses-decision",
            settings.decision,
        ]
    return [
        sys.executable,
        "-m",
        "circumspect.visits",
        *said,
        *(["--beside-server"] if beside_server else []),
    ]


def main(typed: list[str] | None = None) -> int:
    """Count until told to stop; an exit code."""
    parser = argparse.ArgumentParser(prog="python -m circumspect.visits", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--timezone", default="America/Chicago")
    parser.add_argument("--keep-addresses-hours", type=int, default=0)
    parser.add_argument("--keep-addresses-decision", default="")
    parser.add_argument("--beside-server", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args(typed)
    try:
        settings = Settings(
            said.folder,
            os.environ.pop(DATABASE_VARIABLE, ""),
            said.timezone,
            said.keep_addresses_hours,
            said.keep_addresses_decision,
        )
    except HomeError as problem:
        sys.stderr.write(f"visits: {problem}\n")
        return 2
    return annex.serve(settings, beside_server=said.beside_server)


if __name__ == "__main__":
    sys.exit(main())
