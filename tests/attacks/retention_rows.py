"""A row of any table, with something in each column that may not be empty."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.db import models

_VALUES: list[tuple[type[models.Field[Any, Any]], Any]] = [
    (models.DateTimeField, dt.datetime(2026, 11, 23, tzinfo=dt.UTC)),
    (models.DateField, dt.date(2026, 11, 23)),
    (models.BooleanField, False),
    (models.JSONField, {}),
    (models.BinaryField, b""),
]


def a_row(model: Any, **given: Any) -> Any:
    """A row of a table, with something in each column that may not be empty."""
    values = dict(given)
    for column in model._meta.concrete_fields:
        if column.name in values or column.null or column.has_default() or column.auto_created:
            continue
        if isinstance(column, models.ForeignKey):
            target = column.related_model
            there = None if column.unique else target._default_manager.first()
            values[column.name] = there or a_row(target)
        else:
            values[column.name] = _value(column)
    return model._default_manager.create(**values)


def _value(column: models.Field[Any, Any]) -> Any:
    if column.primary_key or column.unique:
        whole = isinstance(column, models.IntegerField)
        return (
            secrets.randbits(31)
            if whole
            else secrets.token_bytes(16)
            if _is_binary(column)
            else secrets.token_hex(8)
        )
    for kind, value in _VALUES:
        if isinstance(column, kind):
            return value
    if isinstance(column, models.IntegerField):
        return 1
    return column.choices[0][0] if column.choices else "x"


def _is_binary(column: models.Field[Any, Any]) -> bool:
    return isinstance(column, models.BinaryField)
