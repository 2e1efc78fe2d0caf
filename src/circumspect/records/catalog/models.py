"""The tables of the catalog: branches, item types, collections, titles and items.

No patron is in any of them, and no trace of one: there is no column for a last borrower, a last
loan or a count of loans. What ties an item to a patron is a loan, in circulation, under a link.

The ``find_*`` columns hold folded words, made by this room's use-cases. SQLite's full-text table and
PostgreSQL's generated vector are kept from them by the database itself (see the first migration), so
that whoever writes a title cannot forget the index.

Source: ARCHITECTURE.md, "Four floors and an annex".
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models

CODE_LENGTH = 32
TITLE_LENGTH = 1000
SUBJECTS_LENGTH = 4000


class ItemStatus(StrEnum):
    """Where an item stands. ON_LOAN says that it is out, never to whom."""

    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    HOLD_SHELF = "hold_shelf"
    IN_TRANSIT = "in_transit"
    CLAIMED_RETURNED = "claimed_returned"
    LOST = "lost"
    MISSING = "missing"
    DAMAGED = "damaged"
    ON_ORDER = "on_order"
    IN_PROCESS = "in_process"
    WITHDRAWN = "withdrawn"


class Branch(models.Model):
    """One place with a desk.

    Attributes:
        hours: Seven entries, Monday first; each a list of ["HH:MM", "HH:MM"] pairs, empty when closed.
        closures: Closed spells as [first day, last day, name], days as ISO dates, both included.
    """

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True, default="")
    hours = models.JSONField(default=list, blank=True)
    closures = models.JSONField(default=list, blank=True)
    timezone = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return self.code


class ItemType(models.Model):
    """A kind of item, on which the loan rules hang."""

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True)
    name = models.CharField(max_length=200)
    lendable = models.BooleanField(default=True)
    replacement_cents = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class Collection(models.Model):
    """A shelf or a collection within branches, such as "Local history"."""

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.code


class Title(models.Model):
    """What a work's edition is called, by whom, about what.

    Attributes:
        source_key: Where the record came from and its number there, such as "koha:17". A second import finds it by this.
        other_titles: Further forms, one a line: the original script, the original title.
        subjects: One a line.
        language: ISO 639-2 code, or "".
        material: "book", "large_print", "serial", "video", "music", "audiobook" and the like.
        isbns: ISBNs without hyphens, one a line, in the 13-digit form where they are valid.
    """

    source_key = models.CharField(max_length=190, unique=True)
    title = models.CharField(max_length=TITLE_LENGTH)
    other_titles = models.TextField(blank=True, default="")
    author = models.CharField(max_length=TITLE_LENGTH, blank=True, default="")
    subjects = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    year = models.SmallIntegerField(null=True, blank=True)
    material = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    publisher = models.CharField(max_length=300, blank=True, default="")
    isbns = models.TextField(blank=True, default="")
    find_title = models.TextField(blank=True, default="")
    find_author = models.TextField(blank=True, default="")
    find_subject = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.title


class TitleIsbn(models.Model):
    """One ISBN of a title, as ``isbns.isbn_key`` makes it: ten-digit forms become thirteen."""

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="+")
    isbn13 = models.CharField(max_length=13, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title", "isbn13"], name="catalog_isbn_once_a_title")]

    def __str__(self) -> str:
        return self.isbn13


class Item(models.Model):
    """One copy, with its barcode.

    Attributes:
        replacement_cents: What this copy would cost; None takes the item type's.
    """

    barcode = models.CharField(max_length=CODE_LENGTH, unique=True)
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="items", db_index=False)
    item_type = models.ForeignKey(ItemType, on_delete=models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    collection = models.ForeignKey(
        Collection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    call_number = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(
        max_length=16, choices=[(str(s), str(s)) for s in ItemStatus], default=ItemStatus.AVAILABLE.value
    )
    replacement_cents = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        # Answers both which copies a title has, and whether a branch has one without reading any copy.
        indexes = [models.Index(fields=["title", "branch"], name="catalog_item_title_branch")]

    def __str__(self) -> str:
        return self.barcode
