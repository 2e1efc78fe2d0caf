"""Statements on the key store, in one place, the same on both databases.

Subject keys are read for every ask and cached nowhere: a destroyed key is gone at the next ask, in
every process. A key may have a last day of its own: from the next on it is not there for anybody who asks,
whether it has been destroyed yet or not. Epoch and index keys are few and kept in memory for a few seconds at most.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, connections, transaction
from django.db.models import Q

from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import NoKeyError
from circumspect.trust.vault.keyring import Keyring
from circumspect.trust.vault.models import EpochKey, IndexKey, Rotation, SubjectKey
from circumspect.trust.vault.wiping import wipe_log_after_commit

ALIAS = "keys"
_IN_ONE_STATEMENT = 500
_ERASURES = "erasures"
# A key without a last day is there, and so is one whose day has not come.
_LIVES = "(ends_day IS NULL OR ends_day > %s)"


def _utc_day() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True, slots=True, repr=False)
class Epoch:
    """One live epoch with its key."""

    series: str
    number: int
    begins_on: dt.date
    ends_on: dt.date
    dies_on: dt.date
    token_key: bytes  # makes links
    back_cipher: AESGCM  # seals whose they are


def _subject_place(subject: int) -> bytes:
    return b"subject|%d" % subject


def _epoch_place(series: str, epoch: int) -> bytes:
    return f"epoch|{series}|{epoch}".encode()


def _index_place(name: str, generation: int) -> bytes:
    return f"index|{name}|{generation}".encode()


class KeyStore:
    """Reads, makes and destroys wrapped keys."""

    def __init__(self, keyring: Keyring, today: Callable[[], dt.date] = _utc_day) -> None:
        self.keyring = keyring
        self._today = today

    # subject keys

    def make_subject_keys(self, subjects: Iterable[int], ends_on: dt.date | None = None) -> dict[int, bytes]:
        """New data keys, stored durably before this returns. Raises IntegrityError for a subject that has one.

        Args:
            ends_on: The first day on which these open nothing; None where they have no such day.
        """
        keys = {subject: crypto.new_key() for subject in subjects}
        rows = []
        for subject, key in keys.items():
            kek, wrapped = self.keyring.wrap(key, _subject_place(subject))
            rows.append((subject, kek, wrapped, ends_on.toordinal() if ends_on else None))
        with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.executemany(
                "INSERT INTO vault_subject_key (subject, kek, wrapped, ends_day) VALUES (%s, %s, %s, %s)",
                rows,
            )
        return keys

    def prolong_subject_key(self, subject: int, ends_on: dt.date) -> bool:
        """Let a key that has a last day live longer; whether it was there, alive, and had an earlier one."""
        day, today = ends_on.toordinal(), self._today().toordinal()
        rows = SubjectKey.objects.filter(subject=subject, ends_day__gt=today, ends_day__lt=day)
        return rows.update(ends_day=day) > 0

    def due_subject_keys(self) -> list[int]:
        """Subjects whose key's last day is over and that still lies in the store."""
        return list(
            SubjectKey.objects.filter(ends_day__lte=self._today().toordinal()).values_list(
                "subject", flat=True
            )
        )

    def subject_key(self, subject: int) -> bytes:
        """One data key. Raises NoKeyError where there is none."""
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(
                f"SELECT kek, wrapped FROM vault_subject_key WHERE subject = %s AND {_LIVES}",
                [subject, self._today().toordinal()],
            )
            row = cursor.fetchone()
        if row is None:
            raise NoKeyError
        return self.keyring.unwrap(row[0], bytes(row[1]), _subject_place(subject))

    def subject_keys(self, subjects: Sequence[int]) -> dict[int, bytes]:
        """The data keys of those subjects that have one."""
        found: dict[int, bytes] = {}
        for start in range(0, len(subjects), _IN_ONE_STATEMENT):
            some = list(subjects[start : start + _IN_ONE_STATEMENT])
            marks = ", ".join(["%s"] * len(some))
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(
                    f"SELECT subject, kek, wrapped FROM vault_subject_key WHERE subject IN ({marks}) AND {_LIVES}",
                    [*some, self._today().toordinal()],
                )
                for subject, kek, wrapped in cursor.fetchall():
                    found[subject] = self.keyring.unwrap(kek, bytes(wrapped), _subject_place(subject))
        return found

    def subjects_with_keys(self, subjects: Sequence[int]) -> set[int]:
        """Those of the subjects that have a key. Reads no key."""
        over = Q(ends_day__lte=self._today().toordinal())
        return set(
            SubjectKey.objects.filter(subject__in=subjects).exclude(over).values_list("subject", flat=True)
        )

    def subjects_stored(self, subjects: Sequence[int]) -> set[int]:
        """Those of the subjects whose key lies in the store, also where its last day is over."""
        return set(SubjectKey.objects.filter(subject__in=subjects).values_list("subject", flat=True))

    def destroy_subject_keys(self, subjects: Sequence[int], done: int = 0) -> int:
        """Destroy data keys; how many there were. Durable on return (guarantee 7).

        Args:
            done: How much of the list of erasures has been carried out with these.
        """
        destroyed = 0
        with transaction.atomic(using=ALIAS):
            for start in range(0, len(subjects), _IN_ONE_STATEMENT):
                some = subjects[start : start + _IN_ONE_STATEMENT]
                destroyed += SubjectKey.objects.filter(subject__in=some).delete()[0]
            Rotation.objects.get_or_create(kind=_ERASURES, defaults={"target": 0})
            Rotation.objects.filter(kind=_ERASURES, done__lt=done).update(done=done)
        wipe_log_after_commit(ALIAS)
        return destroyed

    def erasures_done(self) -> int:
        """How much of the list of erasures this store has carried out."""
        row = Rotation.objects.filter(kind=_ERASURES).first()
        return row.done if row else 0

    # epochs

    def epochs(self, today: dt.date) -> list[Epoch]:
        """Every epoch whose key is neither destroyed nor past its life on this day."""
        rows = EpochKey.objects.filter(destroyed_on=None, wrapped__isnull=False, dies_on__gt=today).order_by(
            "series", "epoch"
        )
        return [self._epoch(row) for row in rows]

    def _epoch(self, row: EpochKey) -> Epoch:
        key = self.keyring.unwrap(row.kek, bytes(row.wrapped or b""), _epoch_place(row.series, row.epoch))
        return Epoch(
            row.series,
            row.epoch,
            row.begins_on,
            row.ends_on,
            row.dies_on,
            token_key=crypto.subkey(key, b"link"),
            back_cipher=AESGCM(crypto.subkey(key, b"back")),
        )

    def open_epoch(self, series: str, today: dt.date, *, length_days: int, life_days: int) -> None:
        """Begin a new epoch today unless one already covers it; safe when two processes try at once."""
        try:
            with transaction.atomic(using=ALIAS):
                self._open_epoch(series, today, length_days, life_days)
        except IntegrityError:
            # Another process took the next number between our look and our write: its epoch is today's.
            return

    def _open_epoch(self, series: str, today: dt.date, length_days: int, life_days: int) -> None:
        # One statement sees one state: asked twice, it could miss an epoch and then count on from it.
        epochs = list(EpochKey.objects.filter(series=series))
        if any(epoch.begins_on <= today <= epoch.ends_on and not epoch.destroyed_on for epoch in epochs):
            return
        number = max((epoch.epoch for epoch in epochs), default=0) + 1
        ends_on = today + dt.timedelta(days=length_days - 1)
        kek, wrapped = self.keyring.wrap(crypto.new_key(), _epoch_place(series, number))
        EpochKey.objects.create(
            series=series,
            epoch=number,
            begins_on=today,
            ends_on=ends_on,
            dies_on=ends_on + dt.timedelta(days=life_days + 1),
            kek=kek,
            wrapped=wrapped,
        )

    def first_live_epoch(self, series: str, today: dt.date) -> int:
        """The number below which every epoch of a series is destroyed or past its life; 0 where there is none."""
        rows = list(EpochKey.objects.filter(series=series).values_list("epoch", "destroyed_on", "dies_on"))
        live = [epoch for epoch, destroyed_on, dies_on in rows if destroyed_on is None and dies_on > today]
        return min(live) if live else max((epoch for epoch, _, _ in rows), default=-1) + 1

    def due_epochs(self, today: dt.date) -> list[tuple[str, int]]:
        """Epochs whose life is over and whose key still lies in the store."""
        rows = EpochKey.objects.filter(destroyed_on=None, dies_on__lte=today).order_by("series", "epoch")
        return list(rows.values_list("series", "epoch"))

    def destroy_epoch(self, series: str, epoch: int, today: dt.date) -> bool:
        """Destroy one epoch's key; whether it was still there."""
        row = EpochKey.objects.filter(series=series, epoch=epoch, destroyed_on=None)
        destroyed = row.update(wrapped=None, destroyed_on=today) > 0
        wipe_log_after_commit(ALIAS)
        return destroyed

    def set_life(self, series: str, life_days: int, today: dt.date, no_sooner: dt.date) -> int:
        """Move the last days of a series' living epochs; how many moved. What is over stays over."""
        moved = 0
        with transaction.atomic(using=ALIAS):
            for epoch in EpochKey.objects.filter(series=series, destroyed_on=None, dies_on__gt=today):
                wanted = epoch.ends_on + dt.timedelta(days=life_days + 1)
                dies_on = max(wanted, min(epoch.dies_on, no_sooner))
                moved += EpochKey.objects.filter(id=epoch.pk).exclude(dies_on=dies_on).update(dies_on=dies_on)
        return moved

    # named keys

    def named_keys(self, name: str) -> dict[int, bytes]:
        """The generations of one named key."""
        return {
            row.generation: self.keyring.unwrap(
                row.kek, bytes(row.wrapped), _index_place(name, row.generation)
            )
            for row in IndexKey.objects.filter(name=name)
        }

    def make_named_key(self, name: str, generation: int) -> None:
        """Make one generation of a named key, unless it is there."""
        kek, wrapped = self.keyring.wrap(crypto.new_key(), _index_place(name, generation))
        IndexKey.objects.get_or_create(
            name=name, generation=generation, defaults={"kek": kek, "wrapped": wrapped}
        )

    def names(self, prefix: str) -> list[str]:
        """The named keys whose name begins so. Reads no key."""
        return list(IndexKey.objects.filter(name__startswith=prefix).values_list("name", flat=True))

    def destroy_named_key(self, name: str, generation: int) -> None:
        """Destroy one generation of a named key."""
        IndexKey.objects.filter(name=name, generation=generation).delete()
        wipe_log_after_commit(ALIAS)

    # rotation of the key-encryption key

    def rewrap_subjects(self, limit: int) -> int:
        """Wrap up to ``limit`` subject keys under the current version, in one transaction; how many."""
        current = self.keyring.current
        with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.execute(
                "SELECT subject, kek, wrapped FROM vault_subject_key WHERE kek < %s ORDER BY kek, subject LIMIT %s",
                [current, limit],
            )
            rows = cursor.fetchall()
            again = []
            for subject, kek, wrapped in rows:
                place = _subject_place(subject)
                version, blob = self.keyring.wrap(self.keyring.unwrap(kek, bytes(wrapped), place), place)
                again.append((version, blob, subject, kek))
            cursor.executemany(
                "UPDATE vault_subject_key SET kek = %s, wrapped = %s WHERE subject = %s AND kek = %s", again
            )
        return len(rows)

    def rewrap_the_rest(self) -> int:
        """Wrap epoch and named keys under the current version; how many. They are few."""
        count = 0
        with transaction.atomic(using=ALIAS):
            for epoch in EpochKey.objects.filter(kek__lt=self.keyring.current, wrapped__isnull=False):
                place = _epoch_place(epoch.series, epoch.epoch)
                epoch.kek, epoch.wrapped = self.keyring.wrap(
                    self.keyring.unwrap(epoch.kek, bytes(epoch.wrapped or b""), place), place
                )
                epoch.save(update_fields=["kek", "wrapped"])
                count += 1
            for key in IndexKey.objects.filter(kek__lt=self.keyring.current):
                place = _index_place(key.name, key.generation)
                key.kek, key.wrapped = self.keyring.wrap(
                    self.keyring.unwrap(key.kek, bytes(key.wrapped), place), place
                )
                key.save(update_fields=["kek", "wrapped"])
                count += 1
        return count

    def prove_keyring(self) -> None:
        """Unwrap one subject key of each version that wraps any.

        Raises:
            KeyringError: A key file is missing, or is another store's.
        """
        last = -1
        while True:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(
                    "SELECT kek, subject, wrapped FROM vault_subject_key WHERE kek > %s ORDER BY kek LIMIT 1",
                    [last],
                )
                row = cursor.fetchone()
            if row is None:
                return
            last = row[0]
            self.keyring.unwrap(last, bytes(row[2]), _subject_place(row[1]))

    def wrapped_under(self) -> dict[int, int]:
        """How many keys of any sort each version wraps."""
        counts: dict[int, int] = {}
        for model in (SubjectKey, IndexKey):
            for kek in model.objects.values_list("kek", flat=True).distinct():
                counts[kek] = counts.get(kek, 0) + model.objects.filter(kek=kek).count()
        for kek in EpochKey.objects.filter(wrapped__isnull=False).values_list("kek", flat=True):
            counts[kek] = counts.get(kek, 0) + 1
        return counts
