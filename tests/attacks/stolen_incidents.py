"""Reports of behaviour of the library that is robbed: written, read, decided, appealed, named."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from typing import Any


def use_incidents(house: Any, clerk: Any, told: str, name: str, log: logging.Logger) -> None:
    """Everything that is done with a report, and some that is refused, as noisily as can be."""
    from circumspect.records.incidents import book
    from circumspect.records.incidents.rules import Report

    pic = replace(clerk, roles=frozenset({"privacy_in_charge"}))
    report = Report("threat", "main", house.today(), told, f"called themselves {name}")
    number = book.report(house, clerk, report)
    book.decide(house, pic, number, "suspended", house.today() + dt.timedelta(days=3))
    book.note_appeal(house, pic, number, f"{told} was not so")
    book.take_name(house, pic, number, name)
    log.info("read %s of %s", book.read(house, pic, number), report)
    for wrong in (
        lambda: book.read(house, clerk, number),
        lambda: book.report(house, clerk, replace(report, account=f"{told} 31234000000015")),
        lambda: book.note_appeal(house, pic, number, f"{told} 21234000000018"),
    ):
        try:
            wrong()
        except Exception as problem:
            log.exception("%s", problem)
        else:
            raise AssertionError("a mistake that was none")
