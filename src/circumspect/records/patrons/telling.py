"""How many there are to be told of something, and who comes next: for letters that go to everybody concerned.

Counting opens nothing. Pages are of numbers in no order that says anything; names and addresses are opened by whoever
writes, page by page, at the door.

Source: 815 ILCS 530/10; clause TH-1.23.
"""

from __future__ import annotations

from django.db.models import QuerySet

from circumspect.records.patrons.models import Patron


def _concerned(*, with_pin: bool, with_licence: bool) -> QuerySet[Patron]:
    """Patrons with a PIN, or with a licence number on file; all where neither is asked for."""
    found = Patron.objects.none()
    if with_pin:
        found = found | Patron.objects.filter(pin__isnull=False)
    if with_licence:
        found = found | Patron.objects.filter(sealed_driver_licence__isnull=False)
    if not (with_pin or with_licence):
        found = Patron.objects.all()
    return found


def count_concerned(*, with_pin: bool, with_licence: bool) -> int:
    """How many."""
    return _concerned(with_pin=with_pin, with_licence=with_licence).count()


def page_of_concerned(number: int, size: int, *, with_pin: bool, with_licence: bool) -> list[int]:
    """The patrons of one page, counted from 1."""
    start = (number - 1) * size
    rows = _concerned(with_pin=with_pin, with_licence=with_licence).order_by("id")
    return list(rows.values_list("id", flat=True)[start : start + size])
