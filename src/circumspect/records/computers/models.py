"""Tables of the public computers. There is no column for a page, a search, a file or a person.

A session is a seat's, and the seat is its key: it has no number of its own. It holds a link of its day
and is deleted when it ends; the count that stays knows a seat and a day. What somebody has used today
is kept under a token whose key dies at midnight.

Moments are whole seconds since 1970 (UTC). Source: clauses TH-1.24, MP-4.9, MP-4.10, MP-6.12.
"""

from __future__ import annotations

from django.db import models


class SeatState(models.TextChoices):
    """What a seat can be doing."""

    FREE = "free"
    IN_USE = "in_use"
    WIPING = "wiping"
    LOCKED = "locked"
    OUT_OF_SERVICE = "out_of_service"


class Area(models.Model):
    """Seats that stand together and share a queue."""

    code = models.CharField(max_length=32, primary_key=True)
    branch = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    # Seven entries, Monday first, each a list of ["HH:MM", "HH:MM"]; empty: the branch's own hours.
    hours = models.JSONField(default=list, blank=True)
    session_minutes = models.IntegerField(default=60)

    class Meta:
        db_table = "computers_area"


class Seat(models.Model):
    """One public computer, and the client program on it."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=40, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="seats")
    state = models.CharField(max_length=16, choices=SeatState.choices, default=SeatState.LOCKED)
    # What the last session left on the machine has not been confirmed as gone.
    unwiped = models.BooleanField(default=True)
    wipe_by = models.BigIntegerField(default=0)
    wiped_on = models.DateField(null=True)
    message = models.CharField(max_length=20, blank=True)
    heard_at = models.BigIntegerField(default=0)
    key_digest = models.BinaryField(null=True)

    class Meta:
        db_table = "computers_seat"


class Session(models.Model):
    """Somebody sits at a seat. The row, and its link, go when the session ends (TH-1.24)."""

    seat = models.OneToOneField(Seat, models.PROTECT, primary_key=True, related_name="session")
    epoch = models.IntegerField(default=0)  # a guest pass has no epoch, link or way back
    link = models.BinaryField(null=True)
    back = models.BinaryField(null=True)
    # Under which today's minutes are counted. Once each: nobody sits at two computers.
    day_token = models.BinaryField(unique=True)
    day = models.DateField()
    by_pass = models.BooleanField(default=False)
    starts_at = models.BigIntegerField()
    ends_at = models.BigIntegerField()
    day_seconds = models.IntegerField(default=0)  # what the card's category may use in this day
    print_cents = models.IntegerField(default=0)

    class Meta:
        db_table = "computers_session"
        indexes = [models.Index(fields=["link"], name="computers_session_link")]


class Booking(models.Model):
    """A seat kept for a card. The row goes when its holder sits down, or does not come."""

    id = models.BigIntegerField(primary_key=True)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="bookings")
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    starts_at = models.BigIntegerField()
    ends_at = models.BigIntegerField()

    class Meta:
        db_table = "computers_booking"
        indexes = [models.Index(fields=["link"], name="computers_booking_link")]


class UsedToday(models.Model):
    """How long somebody has sat at computers today. Whose it is, only a key of the same day tells."""

    token = models.BinaryField(primary_key=True)
    day = models.DateField()
    seconds = models.IntegerField(default=0)

    class Meta:
        db_table = "computers_used_today"


class GuestPass(models.Model):
    """A random code on a slip of paper, good for one day. It has no holder."""

    token = models.BinaryField(primary_key=True)
    day = models.DateField()
    seconds_left = models.IntegerField()
    print_cents = models.IntegerField(default=0)

    class Meta:
        db_table = "computers_guest_pass"


class Ticket(models.Model):
    """A number in today's queue of an area. The code on the slip keeps a bystander from taking the call."""

    id = models.BigIntegerField(primary_key=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="tickets")
    branch = models.CharField(max_length=32)
    day = models.DateField()
    number = models.IntegerField()
    code = models.CharField(max_length=4)
    seat = models.OneToOneField(Seat, models.SET_NULL, null=True, related_name="called")
    called_until = models.BigIntegerField(default=0)

    class Meta:
        db_table = "computers_ticket"
        constraints = [
            models.UniqueConstraint(fields=["branch", "day", "number"], name="computers_ticket_once")
        ]


class SetAside(models.Model):
    """A computer that must not be wiped, for a matter that somebody in charge knows by this reference."""

    id = models.BigIntegerField(primary_key=True)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="set_asides")
    matter_ref = models.CharField(max_length=32)
    keep_until = models.DateField()
    renewed = models.BooleanField(default=False)

    class Meta:
        db_table = "computers_set_aside"
        constraints = [
            models.UniqueConstraint(fields=["seat", "matter_ref"], name="computers_set_aside_once")
        ]


class SeatDay(models.Model):
    """What stays of sessions: how many, and how long, at a seat in a day. Nobody is in it (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=32)
    area = models.CharField(max_length=32)
    seat = models.CharField(max_length=40)
    sessions = models.IntegerField(default=0)
    minutes = models.IntegerField(default=0)

    class Meta:
        db_table = "computers_seat_day"
        constraints = [
            models.UniqueConstraint(fields=["day", "branch", "area", "seat"], name="computers_seat_day_once")
        ]
