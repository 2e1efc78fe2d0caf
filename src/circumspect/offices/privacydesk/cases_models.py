"""Tables of requests about patrons. What a request says, of which kind it is and how it stands rests sealed.

A case has a key of its own: what is kept of it can be forgotten like a patron, by destroying it. In the clear
stand random numbers, days and moments of calls, and counts with nobody in them. Who may see a case stands
sealed too, under the house's own secret, so that a list leaves out what is under a gag before anything is asked.

Source: clauses MP-7.12, MP-7.13, MP-3.7; DOMAIN practice of sealed orders.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Case(models.Model):
    """One request. Its number is random: there is no order and no gap to read anything from."""

    id = models.BigIntegerField(primary_key=True)  # the subject of its key in the vault, too
    sealed_access = models.BinaryField()  # who may see it, and a gag: of one size whatever it says
    keep_until = models.DateField(null=True)  # set when it is over

    class Meta:
        db_table = "cases_case"
        indexes = [models.Index(fields=["keep_until"], name="cases_case_keep")]


class CaseEvent(models.Model):
    """One thing that was done to a case. Written once, never changed: the case is the list of these."""

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    number = models.IntegerField()
    sealed_steps = models.BinaryField()

    class Meta:
        db_table = "cases_event"
        # Two people who do the next thing at once: one of them is told to look again.
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="cases_event_once")]


class CasePaper(models.Model):
    """A paper that came with a request, or a deposit: bytes that nothing here ever reads."""

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="papers")
    sealed_name = models.BinaryField()
    sealed_papers = models.BinaryField()

    class Meta:
        db_table = "cases_paper"


class CasePacket(models.Model):
    """What was cut by a scope. Of a case only the last one made is kept."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="packet")
    number = models.BigIntegerField()  # random, and named by the step that made it
    sealed_packet = models.BinaryField()

    class Meta:
        db_table = "cases_packet"


class CaseAlarm(models.Model):
    """A request that nobody in charge has taken up yet: whom it was told, and when."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="alarm")
    is_urgent = models.BooleanField()
    at = models.BigIntegerField()  # seconds since 1970
    acknowledged_at = models.BigIntegerField(default=0)
    acknowledged_by = models.BigIntegerField(default=0)  # a staff member's number
    called = models.JSONField(default=list)  # [staff member's number, moment], in order

    class Meta:
        db_table = "cases_alarm"


class CaseDeadline(models.Model):
    """A day on which something is due. What, stands sealed."""

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="deadlines")
    due_on = models.DateField()
    is_done = models.BooleanField(default=False)
    sealed_steps = models.BinaryField()

    class Meta:
        db_table = "cases_deadline"


class SparedRecord(models.Model):
    """A letter or a report of behaviour that a request to preserve names: not forgotten until then. Sealed, of one size."""

    id = models.BigIntegerField(primary_key=True)
    until = models.BigIntegerField()  # seconds since 1970
    objects: ClassVar[models.Manager[SparedRecord]]
    sealed_record = models.BinaryField()

    class Meta:
        db_table = "cases_spared_record"


class QuietLook(models.Model):
    """Ledger entries that a patron is not shown while a gag stands. Sealed, of one size."""

    id = models.BigIntegerField(primary_key=True)
    sealed_span = models.BinaryField()

    class Meta:
        db_table = "cases_quiet_look"


class CalendarAddress(models.Model):
    """The secret address of a member's calendar of deadlines, as a keyed digest."""

    member = models.BigIntegerField(primary_key=True)
    digest = models.BinaryField(unique=True)

    class Meta:
        db_table = "cases_calendar_address"


class Wording(models.Model):
    """A sentence, citation or period as the library has approved it. The latest of a name is in force."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    number = models.IntegerField()
    text = models.TextField()
    approved_by = models.CharField(max_length=120)  # the board, or counsel: an office, or somebody in it
    approved_on = models.DateField()

    class Meta:
        db_table = "cases_wording"
        constraints = [models.UniqueConstraint(fields=["name", "number"], name="cases_wording_once")]


class CaseCount(models.Model):
    """How many requests of a kind came to an end, and to which. Bumped at the end; nobody is in it (MP-4.16)."""

    quarter = models.CharField(max_length=7)  # such as "2026-Q4"
    kind = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20)
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "cases_count"
        constraints = [
            models.UniqueConstraint(fields=["quarter", "kind", "outcome"], name="cases_count_once")
        ]
