"""Guarantee 2: is there a way to what is sealed that does not lead through the door?

    python -m tests.attacks.one_door             the commands, and the source
    python -m tests.attacks.one_door --full      besides: every page by everybody, every question at the door

Ways in are listed from the code and held against a table (``one_door_ways``). Every page is driven by
everybody, allowed to or not (``one_door_crawl``); every command is typed (``one_door_commands``); every
question is put to the door field by field (``one_door_reach``); and the source is read for whoever touches
keys and ciphers (``one_door_source``). The short form of all this is ``test_one_door``.

Exit codes: 0 nothing found; 1 something of a patron came out past the door, or could.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> int:
    """Run the attack; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument(
        "--pages", action="store_true", help="only the pages and the door, in their long form"
    )
    options = parser.parse_args()
    if options.pages:
        return pages()
    found = commands(full=options.full)
    if options.full:
        # One process, one home: what follows has a library of its own.
        found += subprocess.run([sys.executable, __file__, "--pages"], check=False).returncode
    return 1 if found else 0


def commands(*, full: bool) -> int:
    """The commands and the source; how much was found."""
    import one_door_commands
    import one_door_source

    told, twin = one_door_commands.attack(sample=full)
    print(f"commands: {told.calls} calls of {len(told.called)} commands, exit codes {told.codes}")
    # A command broken on purpose was typed last: were it not caught, nothing else would have been.
    _print("a command that reads past the door", twin)
    found = 0 if len(twin) == 2 else 1
    return found + sum(
        _print(name, lines)
        for name, lines in (
            ("ways in that are not classified", told.unclassified),
            ("said by a command", told.leaks),
            ("broken", told.broken),
            ("beyond the table", one_door_commands.beyond_the_table(told)),
            ("found in the source", one_door_source.scan()),
        )
    )


def pages() -> int:
    """Every page by everybody, and every question at the door, in their long form; 1 where something was found."""
    from attack_home import a_home, a_house
    from one_door_crawl import Crawl, beyond_the_table
    from one_door_reach import Sweep
    from one_door_world import StandingClock, World, light_passwords

    with a_home(fields_on=("driver_licence", "sex")) as home:
        from django.test.utils import setup_test_environment

        from circumspect.faces.desk.house import served_by
        from circumspect.faces.public.house import served_by as open_to_the_public

        setup_test_environment()
        house = a_house(home, StandingClock())
        with light_passwords(), served_by(house), open_to_the_public(house):
            found = Crawl(World(house), thorough=True).run()
        print(f"pages: {found.requests} requests, answers {found.answers}")
        reach = Sweep(house, every_circumstance=True).run()
        print(f"door: {reach.asked} questions, {reach.allowed} openings, {reach.reads} tries to read")
        return min(1, sum(
            _print(name, lines)
            for name, lines in (
                ("shown past the door", found.leaks),
                ("broken", found.broken),
                ("beyond the table", beyond_the_table(found)),
                ("read past an opening", reach.faults),
            )
        ))  # fmt: skip


def _print(name: str, lines: Iterable[str]) -> int:
    every = list(lines)
    print(f"{name}: {len(every)}")
    for line in every[:20]:
        print("  " + line)
    return len(every)


if __name__ == "__main__":
    sys.exit(main())
