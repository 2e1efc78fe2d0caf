"""Tables of interlibrary loans. A request has a link while it is open, and never a patron.

Once the book is here, a hold takes it to the patron: the request then loses link and citation in the
transaction that makes the hold, and what is left of it is a copy that goes back to its library.

What we lend to other libraries is lent to an institution. There is no patron on that side at all.

Source: clauses MP-4.11, MP-4.5, MP-4.16, TH-1.21.
"""

from __future__ import annotations

from django.db import models

from circumspect.records.catalog.models import CODE_LENGTH, Item


class PartnerLibrary(models.Model):
    """A library that lends to us or borrows from us: an institution, with how it is reached."""

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True)  # such as an OCLC symbol
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "ill_library"

    def __str__(self) -> str:
        return self.code


class IllRequest(models.Model):
    """Something that another library is asked for on behalf of somebody."""

    # Random, and printed on the request as its number: it tells no order and no count.
    id = models.BigIntegerField(primary_key=True)
    state = models.CharField(max_length=10)  # see ``ill.states``
    asked_on = models.DateField()
    pickup_branch = models.CharField(max_length=CODE_LENGTH)
    # Gone once the book is here, or the request has ended.
    epoch = models.IntegerField(null=True)
    link = models.BinaryField(null=True)
    back = models.BinaryField(null=True)
    sealed_citation = models.BinaryField(null=True)
    lender = models.ForeignKey(PartnerLibrary, models.PROTECT, null=True, related_name="+")
    # The book itself, under a barcode of its own, while it is here; nobody is on this side of the row then.
    item = models.OneToOneField(Item, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "ill_request"
        indexes = [models.Index(fields=["link"], name="ill_request_link")]
        constraints = [
            # The promise, kept by the database as well: a request is tied to a patron or to a copy, never both.
            models.CheckConstraint(
                condition=models.Q(item__isnull=True)
                | models.Q(link__isnull=True, back__isnull=True, sealed_citation__isnull=True),
                name="ill_link_or_item",
            )
        ]


class SuppliedItem(models.Model):
    """A copy of ours that is out to another library."""

    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="+")
    library = models.ForeignKey(PartnerLibrary, models.PROTECT, related_name="+")
    their_number = models.CharField(max_length=40, blank=True)  # the number of their request
    due_on = models.DateField()

    class Meta:
        db_table = "ill_supplied"


class IllTally(models.Model):
    """A count, bumped at the event. There is no event to link anybody to (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=CODE_LENGTH)
    kind = models.CharField(max_length=16)  # see ``ill.counting``
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ill_tally"
        constraints = [models.UniqueConstraint(fields=["day", "branch", "kind"], name="ill_tally_once")]
