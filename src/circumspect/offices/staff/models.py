"""The tables of the staff room. No patron is in any of them.

How closely a library watches its own people is part of its manners: of a sign-in only the month
is kept. What each look at a patron's record leaves behind is the ledger's work.

Staff are never deleted, only disabled: the ledger's "staff:17" must go on meaning one person.

Source: clauses MP-7.10, MP-7.16; issue "The house stands", section 4.
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
        must_change_password: The password was printed by the program; it opens only the step to choose one.
        last_sign_in_month: First day of the month of the last sign-in; nothing finer is kept.
        session_generation: Goes up when role, password or standing changes, and ends what began before.
        live_session_key: The one session that may act, "" for none.
        session_locked: That session shows nothing until the password is given.
    """

    # The month is enough; Django's own column would keep the second.
    last_login = None

    username = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=100)
    roles = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    created_on = models.DateField(default=timezone.localdate)
    must_change_password = models.BooleanField(default=False)
    branch = models.CharField(max_length=32, default="main")
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
