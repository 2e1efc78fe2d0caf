"""Which of the standard's media types (CK) an item type is.

Item types are a library's own; those that a library starts with are known by name. What is none of the standard's
eleven is "other", and a library says otherwise under ``[media_types]`` of config.toml: ``board_game = "000"``.

Pure: no database, no Django.

Source: SIP2 2.00, "media type".
"""

from __future__ import annotations

from typing import Final

OTHER: Final = "000"
MEDIA_TYPES: Final = frozenset(f"{number:03d}" for number in range(11))
_KNOWN: Final = {
    "book": "001",
    "new_book": "001",
    "large_print": "001",
    "picture_book": "001",
    "reference": "001",
    "magazine": "002",
    "dvd": "005",  # the standard knows video tapes; machines take these for films
    "cd": "006",
    "audiobook": "006",
}


def media_type(item_type: str, chosen: object = None) -> str:
    """Three digits; ``chosen`` is what the library says of this type, passed over where it is no media type."""
    if isinstance(chosen, str) and chosen in MEDIA_TYPES:
        return chosen
    return _KNOWN.get(item_type, OTHER)
