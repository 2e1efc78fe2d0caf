"""Rows in every table that holds links, made from the tables' own columns: a table that comes later is not missed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.apps import apps

from circumspect.offices.retention.erasing import linked_tables
from circumspect.records.patrons.models import Patron

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "attacks"))

from retention_rows import a_row

__all__ = ["a_row", "rows_of", "tie_rows"]


def tie_rows(house: Any, patron: int) -> None:
    """One row in each table that holds links, tied to this patron."""
    for series, name in linked_tables():
        link = house.vault.link(series, patron)
        a_row(apps.get_model(name), epoch=link.epoch, link=link.token, back=link.back)


def rows_of(house: Any, patron: int, links: list[bytes]) -> dict[str, int]:
    """What is still there of somebody, by table: rows under their links, and rows that belong to their record."""
    found: dict[str, int] = {}
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if column.name == "link":
                found[model._meta.label] = model._default_manager.filter(link__in=links).count()
            elif column.related_model is Patron or column.name == "patron":
                rows = model._default_manager.filter(**{column.attname: patron})
                found[model._meta.label] = rows.count()
    return {label: count for label, count in found.items() if count}
