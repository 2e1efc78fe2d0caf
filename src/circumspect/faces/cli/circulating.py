"""What circulation does by itself, done now: for whoever looks after the machine, or a clock of theirs.

The server does the same once a day. Counts are printed; nothing says whose.
"""

from __future__ import annotations

from dataclasses import asdict

from circumspect.faces.cli.console import say, say_json
from circumspect.records.circulation import ladders
from circumspect.records.fees.rules import dollars
from circumspect.trust.door.house import House


def run(house: House, *, as_json: bool) -> None:
    """Work through late loans, claims, settled losses and renewals, and print what was done.

    Raises:
        Refused, DoorClosed: The door stays shut; what was done stays done.
    """
    done = ladders.run(house)
    if as_json:
        say_json(asdict(done))
        return
    say(f"Given up as lost: {done.given_up:,}, billed {dollars(done.billed_cents)}")
    say(f"Claims ended: {done.claims_ended:,}")
    say(f"Lost items settled: {done.settled:,}")
    say(f"Loans renewed: {done.renewed:,}")
