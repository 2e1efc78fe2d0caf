"""Tables of letters, twice over: part of the borrower's record, and public record. Nothing stands in both.

The two classes have tables of their own, so that a search of public records cannot come upon a borrower's question
however it is written. Whatever somebody wrote rests sealed under a key of that letter's own; its id is the
number of that key. What is in the clear: kind, language, state, days, and which member of staff works on it.

A letter of somebody who was signed in has a link of series "inquiries", never a patron.

Source: clauses TH-4.1, TH-4.3, TH-4.4, MP-4.8, MP-4.13, MP-4.14.
"""

from __future__ import annotations

from django.db import models


class _Letter(models.Model):
    """What a letter of either class keeps."""

    # Random, and the vault's number of the key it is sealed under.
    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=12)
    form = models.CharField(max_length=40, blank=True, default="")  # the staff's own form it came by
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=8)
    way = models.CharField(max_length=8)
    received_on = models.DateField()
    touched_on = models.DateField()
    ended_on = models.DateField(null=True)  # answered or closed: its time runs from here
    assigned = models.BigIntegerField(null=True)  # a member of staff, by number
    undecided = models.BooleanField(default=False)  # nobody has looked yet whose record it is
    class_on = models.DateField(null=True)  # the day its class was decided or corrected
    class_by = models.BigIntegerField(null=True)  # by which member of staff
    class_reason = models.CharField(max_length=20, blank=True, default="")
    epoch = models.IntegerField(null=True)
    link = models.BinaryField(null=True)
    back = models.BinaryField(null=True)
    sealed_sender = models.BinaryField()

    class Meta:
        abstract = True


class _Message(models.Model):
    """One message of a letter: theirs, an answer, or a note."""

    id = models.BigIntegerField(primary_key=True)
    place = models.SmallIntegerField()
    author = models.CharField(max_length=8)  # "sender", "library" or "note"
    day = models.DateField()
    outgoing = models.CharField(max_length=8, blank=True, default="")  # of an answer by mail: how it stands
    note_kind = models.CharField(max_length=12, blank=True, default="")
    ends_on = models.DateField(null=True)  # of a note
    sealed_message = models.BinaryField()

    class Meta:
        abstract = True


class _Attachment(models.Model):
    """A file that came with a message."""

    id = models.BigIntegerField(primary_key=True)
    file_type = models.CharField(max_length=8)
    size = models.IntegerField()  # bytes
    sealed_attachment = models.BinaryField()

    class Meta:
        abstract = True


class Inquiry(_Letter):
    """A letter that is part of the borrower's record."""

    class Meta:
        db_table = "inquiries_inquiry"
        indexes = [
            models.Index(fields=["state", "received_on"], name="inquiries_inquiry_state"),
            models.Index(fields=["link"], name="inquiries_inquiry_link"),
        ]


class InquiryMessage(_Message):
    """A message of it."""

    letter = models.ForeignKey(Inquiry, models.CASCADE, related_name="messages")

    class Meta:
        db_table = "inquiries_inquiry_message"
        indexes = [models.Index(fields=["outgoing"], name="inquiries_inquiry_outgoing")]


class InquiryAttachment(_Attachment):
    """A file of it."""

    message = models.ForeignKey(InquiryMessage, models.CASCADE, related_name="attachments")

    class Meta:
        db_table = "inquiries_inquiry_file"


class PublicLetter(_Letter):
    """A letter that is a public record."""

    class Meta:
        db_table = "inquiries_public"
        indexes = [
            models.Index(fields=["state", "received_on"], name="inquiries_public_state"),
            models.Index(fields=["link"], name="inquiries_public_link"),
        ]


class PublicMessage(_Message):
    """A message of it."""

    letter = models.ForeignKey(PublicLetter, models.CASCADE, related_name="messages")

    class Meta:
        db_table = "inquiries_public_message"
        indexes = [models.Index(fields=["outgoing"], name="inquiries_public_outgoing")]


class PublicAttachment(_Attachment):
    """A file of it."""

    message = models.ForeignKey(PublicMessage, models.CASCADE, related_name="attachments")

    class Meta:
        db_table = "inquiries_public_file"


class StaffForm(models.Model):
    """A form that staff have made: the library's own words, with nobody in them."""

    slug = models.CharField(max_length=40, primary_key=True)
    words = models.TextField()  # see ``fieldkinds.FormWords``
    # The series that what it brings in belongs to. Only the policy's owner sets another than the borrower's.
    letter_class = models.CharField(max_length=16)
    state = models.CharField(max_length=10)  # "draft", "open" or "closed"
    until = models.DateField(null=True)  # its last day
    places = models.IntegerField(null=True)  # how many may sign up

    class Meta:
        db_table = "inquiries_form"

    def __str__(self) -> str:
        return self.slug
