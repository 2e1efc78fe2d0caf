"""Read the objects of a JSON list one at a time, however long the list.

Pure but for reading the file. Where the text stops being JSON, reading stops and says after which
record: there is no telling where the next one would begin.

Source: RFC 8259.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from circumspect.offices.importing.rows import Problem

LARGEST_RECORD = 4 * 2**20
_PIECE = 262_144
_BETWEEN = " \t\r\n,"


def read_list(path: Path) -> Iterator[tuple[int, dict[str, Any]] | Problem]:
    """The objects of a list as (number from 1, object); what is no object is a problem."""
    number = 0
    try:
        for value in _values(path):
            number += 1
            if isinstance(value, dict):
                yield number, value
            else:
                yield Problem(number, "record", "is not a JSON object", path.name)
    except UnicodeDecodeError:
        yield Problem(number + 1, "record", "holds bytes that are not UTF-8; reading stopped", path.name)
    except (ValueError, RecursionError):
        yield Problem(number + 1, "record", "is not JSON, or is torn; reading stopped", path.name)
    except OSError as problem:
        yield Problem(0, "file", f"cannot be read: {problem.strerror or 'input error'}", path.name)


def _values(path: Path) -> Iterator[Any]:
    decoder, decode = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8-sig")()
    held, place, wanted = "", 0, 1
    with path.open("rb") as file:
        at_end = False
        is_open = False
        while True:
            while place < len(held) and held[place] in (_BETWEEN if is_open else " \t\r\n"):
                place += 1
            if place < len(held) and not is_open:
                if held[place] != "[":
                    raise ValueError("not a list")
                is_open, place = True, place + 1
                continue
            if place < len(held) and held[place] == "]":
                return
            try:
                if len(held) - place < wanted and not at_end:
                    raise ValueError("too little to go on")
                value, place = decoder.raw_decode(held, place)
                wanted = 1
                yield value
            except ValueError:
                if at_end or len(held) - place > LARGEST_RECORD:
                    raise
                # Ask for twice as much each time, so that a large record is not tried again at every piece.
                wanted = max(_PIECE, 2 * (len(held) - place))
                piece = file.read(_PIECE)
                at_end = not piece
                held, place = held[place:] + decode.decode(piece, at_end), 0
