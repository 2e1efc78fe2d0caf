"""Two attackers of the website's counts: one tries every visitor there could be, one knows when patrons signed in.

**The enumerator** has everything that is left when a day has turned: every file of the annex, every key file of
the house, and what the annex still holds in memory. Whatever could be a salt it takes for one: each run of
32 bytes anywhere, each digest of the date. With each it mixes every address and every browser, as the annex
would, and looks for what comes out anywhere in what it has. One match confirms that somebody was there.

**The linker** has the counts and the ledger's moments, and guesses for each sign-in which page that patron had
just read. Chance is what the same guesses are worth when the moments are dealt out anew among that day's sign-ins.

Source: guarantee 12.
"""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import random
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from circumspect.visits.counting import Sums
from circumspect.visits.tables import PAGE

_DIGEST, _SALT = 8, 32


def enumerate_visitors(
    material: Iterable[bytes], day: dt.date, addresses: Sequence[str], browsers: Sequence[str]
) -> set[tuple[str, str]]:
    """Every visitor that can be confirmed, as address and browser.

    Args:
        material: Files and memory, as bytes.
        day: The day that is over.
    """
    found = set()
    whole = b"\x00".join(material)
    there = {whole[at : at + _DIGEST] for at in range(len(whole) - _DIGEST + 1)}
    names = [f"{address}\n{browser}".encode() for address in addresses for browser in browsers]
    for salt in salts_of([whole], day):
        keyed = hashlib.blake2b(key=salt, digest_size=_DIGEST)
        for name in names:
            mixed = keyed.copy()
            mixed.update(name)
            if mixed.digest() in there:
                address, _, browser = name.decode().partition("\n")
                found.add((address, browser))
    return found


def salts_of(material: Iterable[bytes], day: dt.date) -> Iterator[bytes]:
    """What could have been the salt: the date in every dress, and what looks random wherever it lies."""
    whole = b"\x00".join(material)
    spelled = [day.isoformat(), day.strftime("%Y%m%d"), str(day.toordinal())]
    for text in spelled:
        yield text.encode()
        for name in ("sha256", "sha1", "md5", "sha512", "blake2b"):
            yield hashlib.new(name, text.encode()).digest()[:64]
    seen = set()
    for at in range(len(whole) - _SALT + 1):
        piece = whole[at : at + _SALT]
        if piece not in seen and len(set(piece)) >= 24 and not piece.isascii():
            seen.add(piece)
            yield piece


def files_of(*folders: Path) -> list[bytes]:
    """Every file's bytes."""
    return [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def memory_of(thing: Any) -> list[bytes]:
    """All values that can be reached from an object, as bytes: numbers, texts, tables."""
    seen: set[int] = set()
    kept: list[bytes] = []
    waiting = [thing]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type) or (callable(each) and not hasattr(each, "__dict__")):
            continue
        seen.add(id(each))
        if isinstance(each, (bytes, bytearray)):
            kept.append(bytes(each))
        elif isinstance(each, array):
            if any(each):
                kept.append(each.tobytes().replace(bytes(64), b""))
        elif isinstance(each, str):
            kept.append(each.encode())
        elif isinstance(each, int):
            kept.append(each.to_bytes(16, "little", signed=True))
        elif (
            each is thing
            or type(each).__module__.startswith("circumspect.visits")
            or isinstance(each, (dict, list, tuple, set))
        ):
            waiting.extend(gc.get_referents(each))
    return kept


# linking


@dataclass(frozen=True)
class SignIn:
    """One patron's sign-in as the ledger knows it, and what only the patron knows: the page read before."""

    at: dt.datetime
    read: str


def guesses_right(sums: Sums, sign_ins: Sequence[SignIn]) -> int:
    """For how many sign-ins the likeliest page, going by the counts, is the right one."""
    by_time: dict[str, Counter[str]] = defaultdict(Counter)
    for (when, _area, page), (views,) in sums[PAGE].items():
        by_time[str(when)][str(page)] += views
    return sum(_guess(by_time, each.at) == each.read for each in sign_ins)


def _guess(by_time: dict[str, Counter[str]], at: dt.datetime) -> str:
    """The page looked at most in the ten minutes before, where counts are that fine; else of that day."""
    close: Counter[str] = Counter()
    for back in range(1, 11):
        close += by_time.get((at - dt.timedelta(minutes=back)).strftime("%Y-%m-%dT%H:%M"), Counter())
    for back in range(2):
        close = close or by_time.get((at - dt.timedelta(hours=back)).strftime("%Y-%m-%dT%H"), Counter())
    likeliest = (close or by_time.get(at.date().isoformat(), Counter())).most_common(1)
    return likeliest[0][0] if likeliest else ""


def dealt_anew(sign_ins: Sequence[SignIn], dice: random.Random) -> list[SignIn]:
    """The same sign-ins with the moments of each day dealt out anew: whoever guesses from these guesses by chance."""
    days: dict[dt.date, list[SignIn]] = defaultdict(list)
    for each in sign_ins:
        days[each.at.date()].append(each)
    anew = []
    for each_day in days.values():
        moments = [each.at for each in each_day]
        dice.shuffle(moments)
        anew += [SignIn(at, each.read) for at, each in zip(moments, each_day, strict=True)]
    return anew
