"""Statistics from the command line: count cards in force, make and publish the tables of a year.

The engine and the solver are loaded here, by a process that ends: the one that serves never holds them.

Source: clause MP-4.16; guarantee 12.
"""

from __future__ import annotations

from dataclasses import asdict

from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import FOUND_WRONG, OK, CommandError
from circumspect.home import Home
from circumspect.offices.statistics import borrowers, engine, gathering, releasing
from circumspect.offices.statistics.plans import Year
from circumspect.trust.door.house import House


def count_borrowers(house: House, *, as_json: bool) -> None:
    """Count today's cards in force by category."""
    total = borrowers.count(house)
    if as_json:
        say_json({"registrations_in_force": total})
    else:
        say(f"{total:,} registrations are in force. They are counted by category; nobody was shown.")


def release(home: Home, house: House, label: int | None, *, dry_run: bool, as_json: bool) -> int:
    """Make, protect, attack and publish the tables of a year; FOUND_WRONG where one had to be withheld.

    Raises:
        CommandError: The year is not over, or the engine cannot be had.
        HomeError: ``[statistics]`` cannot be meant.
    """
    rule, first, today = releasing.rule_of(home), releasing.first_month(home), house.today()
    year = Year(Year.of(today, first).label - 1 if label is None else label, first)
    try:
        with engine.counting(engine.chosen(home), gathering.events(year)) as counts:
            outcome = releasing.release(year, rule, today, counts, dry_run=dry_run)
    except (releasing.NotYetError, engine.EngineError) as problem:
        raise CommandError(str(problem)) from problem
    if as_json:
        say_json(asdict(outcome) | {"dry_run": dry_run})
    else:
        _tell(outcome, dry_run=dry_run)
    return FOUND_WRONG if outcome.withheld else OK


def _tell(outcome: releasing.Outcome, *, dry_run: bool) -> None:
    say(f"{outcome.year}: {len(outcome.published)} tables {'could be' if dry_run else 'are'} published.")
    for head, codes in (
        ("published", outcome.published),
        ("withheld, for they cannot be protected", outcome.withheld),
        ("published before", outcome.before),
        ("nothing counted", outcome.empty),
    ):
        if codes:
            say(f"  {head}: {', '.join(codes)}")
    say(f"{outcome.hidden:,} cells are hidden, {outcome.small:,} of them because they are small.")
    say(
        f"The attacker was asked about {outcome.asked:,} small counts, in all tables ever published, and worked out none."
    )
