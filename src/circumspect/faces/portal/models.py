"""Sign-ins of patrons on their own pages. Whose each is stands sealed beside its times, never in the clear.

The cookie holds a random value; here is its digest. A row lives for minutes, and goes with the sign-out.

Source: clauses TH-3.5, TH-2.2; issue "The public side", section 1.
"""

from __future__ import annotations

from django.db import models


class SignIn(models.Model):
    """One browser in which somebody is signed in."""

    digest = models.CharField(primary_key=True, max_length=64)
    sealed_patron = models.BinaryField()
    is_shared = models.BooleanField()
    has_more_time = models.BooleanField(default=False)
    # Seconds since 1970, UTC.
    began_at = models.BigIntegerField()
    seen_at = models.BigIntegerField()

    class Meta:
        db_table = "portal_sign_in"
        indexes = [models.Index(fields=["began_at"], name="portal_sign_in_began")]
