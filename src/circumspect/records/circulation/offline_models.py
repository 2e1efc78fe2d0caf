"""Tables of offline circulation: letterboxes, which letters were taken, and what could not be done.

None of them says anything of anybody in clear. What was scanned is in the letters, and a letter opens only
while its letterbox has its key.
"""

from __future__ import annotations

from django.db import models


class OfflineBox(models.Model):
    """A letterbox that one device seals to. Its number is random; its key lies in the key store."""

    id = models.BigIntegerField(primary_key=True)
    made_on = models.DateField()
    # The device has emptied it and has another one now: it goes as soon as nothing waits for a person.
    emptied = models.BooleanField(default=False)

    class Meta:
        db_table = "circulation_offline_box"


class OfflineLetter(models.Model):
    """That a letter has been taken, so that it is never taken twice. Goes with its box."""

    id = models.BigIntegerField(primary_key=True)  # 62 bits of the letter's SHA-256
    box = models.ForeignKey(OfflineBox, models.CASCADE)

    class Meta:
        db_table = "circulation_offline_letter"


class OfflineConflict(models.Model):
    """A scan that a person has to look at, sealed to its box again. Goes when it is cleared."""

    id = models.BigIntegerField(primary_key=True)  # random
    box = models.ForeignKey(OfflineBox, models.CASCADE)
    letter = models.BinaryField()

    class Meta:
        db_table = "circulation_offline_conflict"
