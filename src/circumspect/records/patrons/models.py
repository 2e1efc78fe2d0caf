"""Tables of patron records. Whatever says something of a person is sealed; what is not, is told here.

In the clear: random ids, dates of cards and notes, the kinds of notes, the month in which a record
is due for review, and keyed index tokens. SECURITY.md says what a thief learns from those.
"""

from __future__ import annotations

from django.db import models

# The registration series, in the order in which a form shows it.
REGISTRATION_FIELDS = (
    "given_name",
    "family_name",
    "street",
    "city",
    "region",
    "postcode",
    "phone",
    "email",
    "birth_date",
    "language",
    "notice_channel",
    "notice_titles",
    "driver_licence",
    "sex",
    "adult_name",
    "adult_contact",
    "id_seen_on",
    "address_checked_on",
    "balance",
    "standing",
)


class Patron(models.Model):
    """One person's registration, sealed field by field."""

    id = models.BigIntegerField(primary_key=True)
    sealed_given_name = models.BinaryField(null=True)
    sealed_family_name = models.BinaryField(null=True)
    sealed_street = models.BinaryField(null=True)
    sealed_city = models.BinaryField(null=True)
    sealed_region = models.BinaryField(null=True)
    sealed_postcode = models.BinaryField(null=True)
    sealed_phone = models.BinaryField(null=True)
    sealed_email = models.BinaryField(null=True)
    sealed_birth_date = models.BinaryField(null=True)
    sealed_language = models.BinaryField(null=True)
    sealed_notice_channel = models.BinaryField(null=True)
    sealed_notice_titles = models.BinaryField(null=True)
    sealed_driver_licence = models.BinaryField(null=True)
    sealed_sex = models.BinaryField(null=True)
    sealed_adult_name = models.BinaryField(null=True)
    sealed_adult_contact = models.BinaryField(null=True)
    sealed_id_seen_on = models.BinaryField(null=True)
    sealed_address_checked_on = models.BinaryField(null=True)
    sealed_balance = models.BinaryField(null=True)
    sealed_standing = models.BinaryField()
    review_month = models.IntegerField(null=True)  # such as 202711: when the registration runs out
    # The last day of a card made at the door whose holder has not shown who they are; None for everybody else.
    provisional_until = models.DateField(null=True)
    changed_on = models.DateField()
    version = models.IntegerField(default=1)  # a change made on an old page is noticed

    class Meta:
        db_table = "patrons_patron"
        indexes = [
            models.Index(fields=["review_month"], name="patrons_review"),
            models.Index(fields=["provisional_until"], name="patrons_provisional"),
        ]


class Card(models.Model):
    """A library card: found by its token, readable only through the door."""

    class Status(models.TextChoices):
        """What a card is good for."""

        ACTIVE = "active"
        LOST = "lost"
        REPLACED = "replaced"

    id = models.BigIntegerField(primary_key=True)
    patron = models.ForeignKey(Patron, models.CASCADE, related_name="cards")
    token = models.BinaryField(unique=True)
    sealed_barcode = models.BinaryField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    issued_on = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        db_table = "patrons_card"


class Note(models.Model):
    """A note on card account matters. It has a kind and an end (TH-1.22)."""

    id = models.BigIntegerField(primary_key=True)
    patron = models.ForeignKey(Patron, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=20)
    sealed_text = models.BinaryField()
    written_on = models.DateField()
    expires_on = models.DateField(db_index=True)

    class Meta:
        db_table = "patrons_note"


class Pin(models.Model):
    """A PIN's hash, itself sealed; failures lock self-service, never the desk."""

    patron = models.OneToOneField(Patron, models.CASCADE, primary_key=True, related_name="pin")
    sealed_hash = models.BinaryField()
    failures = models.IntegerField(default=0)
    locked_until = models.BigIntegerField(default=0)  # seconds since 1970, UTC

    class Meta:
        db_table = "patrons_pin"


class Passkey(models.Model):
    """A passkey that a patron added. Neither the credential nor the name they gave it stands in the clear."""

    id = models.BigIntegerField(primary_key=True)
    patron = models.ForeignKey(Patron, models.CASCADE, related_name="passkeys")
    token = models.BinaryField(unique=True)  # a keyed stand-in for the credential's id
    sealed_key = models.BinaryField()  # credential id, public key and counter
    sealed_name = models.BinaryField()
    sealed_month = models.BinaryField()
    can_lock = models.BooleanField()

    class Meta:
        db_table = "patrons_passkey"


class NameIndex(models.Model):
    """Which patrons a folded name prefix may mean. ``patron`` 0 keeps an emptied slot in place."""

    token = models.BinaryField()
    patron = models.BigIntegerField()
    generation = models.SmallIntegerField()

    class Meta:
        db_table = "patrons_name_index"
        constraints = [models.UniqueConstraint(fields=["token", "patron"], name="patrons_name_once")]
        indexes = [models.Index(fields=["patron"], name="patrons_name_patron")]


class ContactIndex(models.Model):
    """Which patrons an e-mail address or telephone number belongs to."""

    token = models.BinaryField()
    patron = models.BigIntegerField()
    generation = models.SmallIntegerField()

    class Meta:
        db_table = "patrons_contact_index"
        constraints = [models.UniqueConstraint(fields=["token", "patron"], name="patrons_contact_once")]
        indexes = [models.Index(fields=["patron"], name="patrons_contact_patron")]


class NoticeWord(models.Model):
    """Word that somebody is to be told that something ended. It goes when it is taken up, within minutes."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    series = models.CharField(max_length=12)  # of the link
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    branch = models.CharField(max_length=32)
    day = models.DateField()

    class Meta:
        db_table = "patrons_notice_word"
