"""Guarantee 10, the attack: does a patron's page leave out something that is held, or a look that was taken?

It does not believe the page. What is held is found from the other side: every sealed value and every row of every table is
tried with that patron's key and links, with the vault's own insides, and whatever opens or belongs must stand on the page.
Looks are found in the raw marks of the ledger. For gags two accounts are made alike, one is looked at under a court's
nondisclosure order besides, and their pages and files are held against each other byte by byte, by the work they cost, and
with a stopwatch.

Source: guarantee 10; clauses TH-1.2, TH-2.2, MP-3.9, MP-7.15.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.apps import apps

Place = tuple[str, str]  # model, column

# A sealed column that is told of by other words than a field of the same name, or is shown to nobody, and why that is right.
TOLD_OTHERWISE: Mapping[str, str] = {
    "pins.hash": "a PIN's hash is shown to nobody: the page says that it is kept, and why",
    "passkeys.key": "what a passkey is known by is shown to nobody: the page says that it is kept, and why",
    "reading.titles": "the key of the history; titles are the page's own",
}


def sealed_columns() -> list[Place]:
    """Every column of every table whose name says that it is sealed."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.column.startswith("sealed_"):
                found.append((f"{model._meta.app_label}.{model.__name__}", field.column))
    return found


def opens_with_key(house: Any, patron: int) -> set[str]:
    """Series and fields under which some stored value opens with the patron's own key. Past the door: this is the attack."""
    from circumspect.trust.policy.fields import Fields
    from circumspect.trust.vault import crypto
    from circumspect.trust.vault.places import field_place, subject_cipher

    cipher = subject_cipher(house.vault.store.subject_key(patron))
    names = [(series, field) for series, known in Fields.load().series.items() for field in known.fields]
    found = set()
    for name, column in sealed_columns():
        model = apps.get_model(name)
        for row in model.objects.using("default").all() if _is_here(model) else ():
            blob = getattr(row, column)
            if blob is None:
                continue
            for series, field in names:
                for record in {row.pk, patron}:
                    if not isinstance(record, int):
                        continue
                    try:
                        crypto.decrypt(cipher, bytes(blob), field_place(patron, series, record, field))
                    except crypto.TamperedError:
                        continue
                    found.add(f"{series}.{field}")
    return found


def belongs_by_link(house: Any, patron: int) -> dict[str, int]:
    """Rows that are the patron's by a link of some series: how many, by model."""
    tokens = {
        token for series in _linked_series(house) for token in house.vault.links(series, patron).values()
    }
    found: dict[str, int] = {}
    for model in apps.get_models():
        columns = {field.column for field in model._meta.concrete_fields}
        if "link" in columns and _is_here(model):
            count = sum(
                bytes(each) in tokens for each in model.objects.values_list("link", flat=True) if each
            )
            if count:
                found[f"{model._meta.app_label}.{model.__name__}"] = count
    return found


def _linked_series(house: Any) -> Iterator[str]:
    return (item.series for item in house.policy.schedule.items.values() if item.epoch_days)


def _is_here(model: Any) -> bool:
    from circumspect.databases import Router

    return Router().db_for_read(model) in (None, "default")


def leaves_about(house: Any, patron: int) -> set[int]:
    """The entries of the ledger that carry a mark of this patron, found by opening every mark's way back."""
    from circumspect.trust.ledger.models import EntryMark

    links = house.vault.links("ledger", patron)
    return {
        mark.entry
        for mark in EntryMark.objects.using("ledger").all()
        if mark.link is not None and links.get(mark.epoch) == bytes(mark.link)
    }


def shown_fields(data: Mapping[str, Any]) -> set[str]:
    """Series and fields that a patron's file shows a value of."""
    return {
        f"{section['series']}.{datum['field']}"
        for section in data["held"]
        for record in section["records"]
        for datum in record
    }


def shown_looks(data: Mapping[str, Any]) -> set[int]:
    """Places in the ledger that a patron's file tells of."""
    return {index for look in data["looks"] for index in look["ledger"]}


def alike(page: bytes, whose: Callable[[bytes], bytes]) -> bytes:
    """A page with what must differ between two people (their own values, the places of their entries) taken out."""
    text = whose(page)
    text = re.sub(rb"[0-9a-f]{64}", b"H", text)
    return re.sub(rb'"ledger": \[[^\]]*\]', b'"ledger": []', text)


# The stopwatch. Both clocks run at once: what waits shows on the wall's, what works on the processor's, which others on the
# machine cannot blur.
PAIRS = 16
OF_PAIRS = 13  # by chance in one round of fifty
MARGIN = 1.2
ROUNDS = 3


def told_apart_by_time(one: Callable[[], object], other: Callable[[], object]) -> str:
    """By which clock two requests can be told apart: "wall", "processor", or "" for none.

    They are made in turns, and each is held against its neighbour, so that what else the machine does falls on both. A
    difference counts where one is slower in 13 pairs of 16 and by a fifth at the middle, three rounds in a row and the
    same one each time: chance does that less than once in 100,000 runs, and a round that noise spoils can only
    acquit once the difference itself is smaller than that.
    """
    suspected: dict[str, int] = {"wall": 0, "processor": 0}
    for _ in range(ROUNDS):
        found = _round(one, other)
        suspected = {
            clock: found[clock]
            for clock, before in suspected.items()
            if found[clock] and before in (0, found[clock])
        }
        if not suspected:
            return ""
    return min(suspected)


def _round(one: Callable[[], object], other: Callable[[], object]) -> dict[str, int]:
    """By each clock: 1 where the first is clearly slower, -1 where the other is, 0 for neither."""
    ratios: dict[str, list[float]] = {"wall": [], "processor": []}
    for pair in range(PAIRS):
        timed = {}
        for which in (one, other) if pair % 2 else (other, one):
            wall, processor = time.perf_counter(), time.thread_time()
            which()
            timed[which] = {"wall": time.perf_counter() - wall, "processor": time.thread_time() - processor}
        for clock, of_clock in ratios.items():
            of_clock.append(timed[one][clock] / timed[other][clock])
        if all(map(_is_undecided, ratios.values())):
            break
    return {clock: _direction(of_clock) for clock, of_clock in ratios.items()}


def _is_undecided(ratios: list[float]) -> bool:
    """Whether neither side can come to 13 pairs of 16 any more."""
    above = sum(ratio > 1 for ratio in ratios)
    return min(above, len(ratios) - above) > PAIRS - OF_PAIRS


def _direction(ratios: list[float]) -> int:
    middle, above = statistics.median(ratios), sum(ratio > 1 for ratio in ratios)
    if above >= OF_PAIRS and middle > MARGIN:
        return 1
    return -1 if len(ratios) - above >= OF_PAIRS and middle < 1 / MARGIN else 0
