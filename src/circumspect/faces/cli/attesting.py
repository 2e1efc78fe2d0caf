"""Attest: the state of every promise, for a person, a program or the board."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from circumspect import composition
from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import FOUND_WRONG, OK
from circumspect.offices.retention import certificates
from circumspect.trust.door.house import House


def attest(house: House, pdf: Path | None, *, as_json: bool) -> int:
    """Look at every promise, and say how it stands; the exit code.

    Returns:
        OK, or FOUND_WRONG where a promise is not kept.
    """
    found = composition.attested(house)
    library = str(house.home.setting("library", "name", "The library"))
    if pdf is not None:
        pdf.write_bytes(certificates.promises_page(found, library, house.today()))
    if as_json:
        say_json({"day": house.today().isoformat(), "promises": [asdict(each) for each in found]})
    else:
        for each in found:
            say(f"{'kept' if each.kept else 'NOT KEPT':<9} {each.name} ({', '.join(each.clauses)})")
            say(f"          {each.said}")
            if each.instead:
                say(f"          Do: {each.instead}.")
        if pdf is not None:
            say(f"Written: {pdf}")
    return OK if all(each.kept for each in found) else FOUND_WRONG
