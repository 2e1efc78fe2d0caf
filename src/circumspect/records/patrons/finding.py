"""Find patrons without reading them: blind indexes over cards, contacts and names.

A name is found by its words' prefixes, by family name with the start of a given name, and by family
name with birth year. So that a thief cannot count tokens to tell a Smith from a Zielinski, no token
stands for more than eight patrons: a common name spreads over numbered slots, and a search walks
them. An emptied slot keeps a placeholder, or the walk would stop before it.

Names, addresses and numbers come in as typed and leave as tokens; what is returned are ids, which
open nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import permutations

from django.db import connection

from circumspect.records.patrons.models import Card
from circumspect.records.textrules import words
from circumspect.trust.vault.vault import Vault

SLOT_SIZE = 8
_SLOTS_AT_ONCE = 8
_PREFIXES = (3, 4, 5, 6)
_WORDS = 4
_PLACEHOLDER = 0
_WIDER = 20
_IN_ONE_STATEMENT = 400


# tokens


def name_values(given_name: str, family_name: str, birth_year: int | None) -> list[str]:
    """What one patron's names are indexed as: a sorted list of plain values, to be blinded."""
    values: set[str] = set()
    given, family = _words(given_name), _words(family_name)
    for word in given + family:
        values.add(f"={word}")
        values.update(f"{word[:size]}*" for size in _PREFIXES if len(word) >= size)
    for name in family:
        for first in given:
            values.add(f"={name},{first[:1]}*")
            if len(first) >= 3:
                values.add(f"={name},{first[:3]}*")
        if birth_year is not None:
            values.add(f"={name},{birth_year}")
    return sorted(values)


def contact_values(email: str, phone: str) -> list[str]:
    """What one patron's contact data is indexed as."""
    values = []
    if email:
        values.append("email:" + fold_email(email))
    if digits := fold_phone(phone):
        values.append("phone:" + digits)
    return values


def fold_email(email: str) -> str:
    """An address as it is compared."""
    return email.strip().casefold()


def fold_phone(phone: str) -> str:
    """The last ten digits of a telephone number; "" where there are fewer than seven."""
    digits = re.sub(r"\D", "", phone)
    return digits[-10:] if len(digits) >= 7 else ""


def _words(name: str) -> list[str]:
    return words(name)[:_WORDS]


def _slot_token(vault: Vault, value: str, slot: int) -> bytes:
    return vault.blind("name", f"{value}#{slot}")


# writing


class NameSlots:
    """Chooses the slot of each new entry. Keeps what it learned for the length of one import."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[str, tuple[int, int]] = {}

    def tokens(self, values: Iterable[str]) -> list[bytes]:
        """One token for each value, in slots that have room."""
        found = []
        for value in values:
            slot, used = self._known.get(value) or self._look(value)
            if used >= SLOT_SIZE:
                slot, used = slot + 1, 0
            self._known[value] = (slot, used + 1)
            found.append(_slot_token(self._vault, value, slot))
        return found

    def forget(self) -> None:
        """Look anew: what was chosen since the last commit was not written after all."""
        self._known.clear()

    def _look(self, value: str) -> tuple[int, int]:
        """The last slot in use and how many stand in it: doubling steps, then halving ones."""
        used = self._used(value, 0)
        if used < SLOT_SIZE:
            return 0, used
        low, high = 0, 1
        while self._used(value, high):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._used(value, middle) else (low, middle)
        return low, self._used(value, low)

    def _used(self, value: str, slot: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM patrons_name_index WHERE token = %s",
                [_slot_token(self._vault, value, slot)],
            )
            return int(cursor.fetchone()[0])


def index_rows(
    vault: Vault, slots: NameSlots, patron: int, names: Sequence[str], contacts: Sequence[str]
) -> tuple[list[tuple[bytes, int, int]], list[tuple[bytes, int, int]]]:
    """Rows (token, patron, generation) of the two index tables."""
    generation = vault.index_generation
    # Sorted: rows in the order of the plain values would tell which token is a family name's.
    name_rows = [(token, patron, generation) for token in sorted(slots.tokens(names))]
    contact_rows = [(vault.blind("contact", value), patron, generation) for value in contacts]
    return name_rows, contact_rows


def insert_index(
    name_rows: Sequence[tuple[bytes, int, int]], contact_rows: Sequence[tuple[bytes, int, int]]
) -> None:
    """Write index rows within the caller's transaction."""
    with connection.cursor() as cursor:
        for table, rows in (("patrons_name_index", name_rows), ("patrons_contact_index", contact_rows)):
            if rows:
                statement = f"INSERT INTO {table} (token, patron, generation) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
                cursor.executemany(statement, rows)


def remove_index(patron: int, generation: int = 0) -> None:
    """Take a patron out of both indexes, within the caller's transaction; emptied slots keep a placeholder.

    Args:
        generation: Only from the indexes of this generation of keys and later ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patrons_name_index (token, patron, generation)"
            f" SELECT token, {_PLACEHOLDER}, generation FROM patrons_name_index AS mine"
            " WHERE patron = %s AND generation >= %s AND NOT EXISTS"
            " (SELECT 1 FROM patrons_name_index AS other WHERE other.token = mine.token AND other.patron <> %s)",
            [patron, generation, patron],
        )
        for table in ("patrons_name_index", "patrons_contact_index"):
            cursor.execute(
                f"DELETE FROM {table} WHERE patron = %s AND generation >= %s", [patron, generation]
            )


# finding


def find_card(vault: Vault, barcode: str) -> tuple[int, int, str] | None:
    """The patron, card id and card status of a card number, or None."""
    for token in vault.blind_all("card", barcode):
        with connection.cursor() as cursor:
            cursor.execute("SELECT patron_id, id, status FROM patrons_card WHERE token = %s", [token])
            row = cursor.fetchone()
        if row is not None:
            return row[0], row[1], row[2]
    return None


def find_contact(vault: Vault, typed: str, limit: int) -> list[int]:
    """Patrons with this e-mail address or telephone number."""
    value = "email:" + fold_email(typed) if "@" in typed else "phone:" + fold_phone(typed)
    tokens = vault.blind_all("contact", value)
    marks = ", ".join(["%s"] * len(tokens))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT patron FROM patrons_contact_index WHERE token IN ({marks}) LIMIT %s",
            [*tokens, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def find_name(vault: Vault, typed: str, limit: int) -> list[int]:
    """Patrons whose names begin as typed: ``smi``, ``smith, jo``, ``jo smith``, ``smith 1984``.

    Returns:
        At most ``limit`` ids of patrons who have not been forgotten, in no order that says anything. A word of two
        letters finds whole names only.
    """
    wanted = _words(typed)
    if not wanted:
        return []
    found = _by_pairs(vault, wanted, limit)
    if not found:
        # Each word on its own, and those patrons that all of them mean.
        wide = limit * _WIDER if len(wanted) > 1 else limit
        sets = [_word_ids(vault, word, wide) for word in wanted]
        found = [patron for patron in sets[0] if all(patron in other for other in sets[1:])]
    alive = vault.subjects_with_keys(found)
    return [patron for patron in found if patron in alive][:limit]


def is_too_short(typed: str) -> bool:
    """Whether every word is so short that it finds whole names only."""
    return all(len(word) < _PREFIXES[0] for word in _words(typed))


def _by_pairs(vault: Vault, wanted: Sequence[str], limit: int) -> list[int]:
    """Patrons whom pairs of the words (a family name, the start of a given name) reach, so that no word is left over.

    A pair is rare where each of its words is common: lists of pairs are short where lists of words are cut off.
    """
    told: dict[int, set[str]] = {}
    wide = limit * _WIDER if len(wanted) > 2 else limit
    for name, rest in permutations(wanted, 2):
        for patron in _walk(vault, _pair_value(name, rest), wide):
            told.setdefault(patron, set()).update((name, rest))
    return [patron for patron, words_told in told.items() if words_told == set(wanted)]


def _pair_value(name: str, rest: str) -> str:
    if re.fullmatch(r"\d{4}", rest):
        return f"={name},{rest}"
    return f"={name},{rest[:3] if len(rest) >= 3 else rest[:1]}*"


def _word_ids(vault: Vault, word: str, limit: int) -> dict[int, None]:
    found = dict.fromkeys(_walk(vault, f"={word}", limit))
    if len(word) >= _PREFIXES[0] and len(found) < limit:
        found.update(dict.fromkeys(_walk(vault, f"{word[: _PREFIXES[-1]]}*", limit)))
    return found


def _walk(vault: Vault, value: str, limit: int) -> list[int]:
    found: list[int] = []
    first = 0
    while len(found) < limit:
        tokens = [
            token
            for slot in range(first, first + _SLOTS_AT_ONCE)
            for token in vault.blind_all("name", f"{value}#{slot}")
        ]
        marks = ", ".join(["%s"] * len(tokens))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT patron FROM patrons_name_index WHERE token IN ({marks})", tokens)
            rows = cursor.fetchall()
        if not rows:
            break
        found.extend(row[0] for row in rows if row[0] != _PLACEHOLDER)
        first += _SLOTS_AT_ONCE
    return found[:limit]


def live_card(patron: int) -> Card | None:
    """A patron's active card."""
    return Card.objects.filter(patron_id=patron, status=Card.Status.ACTIVE).order_by("-issued_on").first()
