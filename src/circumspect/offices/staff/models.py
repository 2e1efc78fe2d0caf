"""The tables of the staff room. No patron is in any of them.

How closely a library watches its own people is part of its manners: of a sign-in only the month
is kept. What each look at a patron's record leaves behind is the ledger's work.

Staff are never deleted, only disabled: the ledger's "staff:17" must go on meaning one person.

Source: clauses MP-5.1, MP-7.1 to MP-7.4, MP-7.10, MP-7.16 to MP-7.18; issues "The house stands", section 4, and
"The privacy desk", section 1.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from circumspect.offices.staff import roles as role_list

_USERNAME = re.compile(r"[^\W_][\w.\-]{1,63}")


def normal_username(raw_username: str) -> str:
    """One spelling for each username: trimmed, compatibility-folded, lower case."""
    return unicodedata.normalize("NFKC", raw_username).strip().casefold()


def is_username(username: str) -> bool:
    """Whether a normalised username is 2 to 64 letters, digits, dots, hyphens, underscores."""
    return _USERNAME.fullmatch(username) is not None


class StaffManager(BaseUserManager["StaffMember"]):
    """Finds members by their username as typed."""

    def get_by_natural_key(self, username: str | None) -> StaffMember:
        return self.get(username=normal_username(username or ""))


class StaffMember(AbstractBaseUser):
    """One person who works for the library, or governs it.

    Attributes:
        roles: Sorted list out of the policy's closed list.
        left_on: When the account was closed; None while it is open.
        must_change_password: The password was printed by the program; it opens only the step to choose one.
        last_sign_in_month: First day of the month of the last sign-in; nothing finer is kept.
        session_generation: Goes up when role, password or standing changes, and ends what began before.
        sealed_work_email: Where the library writes to them at work, empty for nowhere: see ``accounts.work_email_of``.
        sealed_work_phone: Where colleagues reach them for an urgent request, empty for nowhere: see ``accounts.work_phone_of``.
        live_session_key: The one session that may act, as ``sessionstore.row_key`` keeps it; "" for none.
        session_locked: That session shows nothing until the password is given.
    """

    # The month is enough; Django's own column would keep the second.
    last_login = None

    username = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=100)
    roles = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    left_on = models.DateField(null=True)
    created_on = models.DateField(default=timezone.localdate)
    must_change_password = models.BooleanField(default=False)
    branch = models.CharField(max_length=32, default="main")
    sealed_work_email = models.BinaryField(default=b"", blank=True)
    sealed_work_phone = models.BinaryField(default=b"", blank=True)
    last_sign_in_month = models.DateField(null=True)
    session_generation = models.PositiveIntegerField(default=1)
    live_session_key = models.CharField(max_length=40, default="", blank=True)
    session_locked = models.BooleanField(default=False)

    objects = StaffManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return f"staff:{self.pk}"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Django's name for ``active``."""
        return self.active

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row.

        Raises:
            RoleError: ``roles`` is not a choice from the closed list.
        """
        self.roles = role_list.checked(self.roles)
        super().save(*args, **kwargs)


class PolicyVersion(models.Model):
    """One published version of the policy, as staff read it. Written once, never changed.

    Attributes:
        policy_hash: SHA-256, hex, of the policy bundle the program decides by.
        in_force_from: From this moment until the next version's.
        requires_signature: Earlier signatures no longer count.
        text: Markdown, shown at sign-off.
    """

    number = models.CharField(max_length=32, primary_key=True)
    policy_hash = models.CharField(max_length=64)
    adopted_on = models.DateField()
    in_force_from = models.DateTimeField(unique=True)
    requires_signature = models.BooleanField()
    text = models.TextField()

    def __str__(self) -> str:
        return self.number


class SignOff(models.Model):
    """That a member has read one version, talked it over, and signed (MP-7.16)."""

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="sign_offs")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="sign_offs")
    discussed_with = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="discussions")
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "version"], name="staff_one_signature_a_version")
        ]

    def __str__(self) -> str:
        return f"staff:{self.member_id} signed {self.version_id}"


class Orientation(models.Model):
    """How far a member has come with one version: read, talked over, and then signed (MP-7.16).

    The signature itself is a ``SignOff``, which cannot be had in any other way on screen.

    Attributes:
        read_at: When its end was reached.
        discussed_with: The supervisor it was talked over with; None for somebody who has nobody to talk to.
        discussed_on: The day, as the member says.
        confirmed_at: When that supervisor said so too.
    """

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="orientations")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="orientations")
    read_at = models.DateTimeField(null=True)
    discussed_with = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+")
    discussed_on = models.DateField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "version"], name="staff_one_orientation_a_version")
        ]

    def __str__(self) -> str:
        return f"orientation of staff:{self.member_id}"


class Designation(models.Model):
    """That the Executive Director has named a member Deputy Director or Privacy In Charge (MP-5.1, MP-7.2).

    It stands from the first day to the last, the library's days, and lapses by itself. It is never
    changed: ended before its time, or followed by another.

    Attributes:
        title: One of ``designating.Title``.
        place: Where in the call order among those of the same title, 1 first.
        act: The appointing act, in the words that were signed.
        signed_at: When the Executive Director signed it.
        ended_at: Ended before its time, at this moment.
    """

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="designations")
    title = models.CharField(max_length=32)
    starts_on = models.DateField()
    ends_on = models.DateField()
    place = models.PositiveSmallIntegerField(default=1)
    act = models.TextField()
    appointed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="staff_designation_has_an_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: staff:{self.member_id}"


class DutyShift(models.Model):
    """When a designated member is the one to turn to, every week (MP-7.1, MP-7.13).

    Attributes:
        weekday: 0 for Monday.
        ends_at: Midnight is the end of the day.
    """

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="duty_shifts")
    weekday = models.PositiveSmallIntegerField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "weekday", "starts_at"], name="staff_one_shift_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"shift of staff:{self.member_id}"


class DutyAway(models.Model):
    """Days on which a member is not to be called, the first and the last among them. Why is nobody's business."""

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="duty_away")
    first_on = models.DateField()
    last_on = models.DateField()

    def __str__(self) -> str:
        return f"staff:{self.member_id} away"


class Training(models.Model):
    """That a member was trained in a topic, and by when it is to be renewed (MP-7.3)."""

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="trainings")
    topic = models.CharField(max_length=60)
    trained_on = models.DateField()
    renew_by = models.DateField()
    recorded_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"training of staff:{self.member_id}"


class ContinuingReview(models.Model):
    """One round of looking through policy and procedures again (MP-7.4).

    Attributes:
        outcome: One of ``due.OUTCOMES``; "" while it is due.
        version: The policy version that was looked through.
    """

    due_on = models.DateField(unique=True)
    done_on = models.DateField(null=True)
    reviewer = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=60, default="", blank=True)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"review due {self.due_on}"


class Trustee(models.Model):
    """Somebody on the board. They need no account, and with one they open nothing (MP-7.17)."""

    name = models.CharField(max_length=100)
    since_on = models.DateField()
    until_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"trustee {self.pk}"


class TrusteeReview(models.Model):
    """That a trustee went through the policy: in their orientation, or once more (MP-7.17, MP-7.18)."""

    trustee = models.ForeignKey(Trustee, models.CASCADE, related_name="reviews")
    kind = models.CharField(max_length=16)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    done_on = models.DateField()
    recorded_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} of trustee {self.trustee_id}"


class TotpDevice(models.Model):
    """An authenticator app. Its secret rests sealed under the label ``staff.totp:<member>``.

    Attributes:
        last_step: The newest 30-second step already used; it and all before are refused (no replay).
    """

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="totp_devices")
    sealed_secret = models.BinaryField()
    confirmed = models.BooleanField(default=False)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            # One app being used, and at most one waiting to be confirmed.
            models.UniqueConstraint(fields=["member", "confirmed"], name="staff_one_totp_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"authenticator app of staff:{self.member_id}"


class Passkey(models.Model):
    """A WebAuthn credential: the public half. The private half never leaves its owner's device."""

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    label = models.CharField(max_length=60)
    added_on = models.DateField(default=timezone.localdate)

    def __str__(self) -> str:
        return f"passkey of staff:{self.member_id}"


class RecoveryCode(models.Model):
    """One code for the day the phone is lost. Only its hash is kept; it serves once."""

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="recovery_codes")
    hash = models.CharField(max_length=64)
    used = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "hash"], name="staff_recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code of staff:{self.member_id}"


class SignInFlag(models.Model):
    """Something about a sign-in that a supervisor should see (MP-7.10)."""

    class Kind(models.TextChoices):
        """What was noticed."""

        TWO_LIVE_SESSIONS = "two live sessions"

    member = models.ForeignKey(StaffMember, models.CASCADE, related_name="sign_in_flags")
    kind = models.CharField(max_length=32, choices=Kind.choices)
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind}: staff:{self.member_id}"


class Throttle(models.Model):
    """How often something was tried of late. The digest is keyed with a key that lives in memory only.

    Attributes:
        known: A sign-in from here to this account has succeeded (scope "pair" only).
    """

    scope = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    tries = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField()
    last_try_at = models.DateTimeField(db_index=True)
    known = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "digest"], name="staff_throttle_once")
        ]

    def __str__(self) -> str:
        return f"throttle {self.scope}"
