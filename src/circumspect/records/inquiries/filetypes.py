"""Which files may come with a letter, told by what they begin with and never by what they are called.

A closed list: pictures of a page, a PDF, plain text. Nothing that runs, nothing that unpacks. A file is
kept sealed, given back only as a download, and never drawn by the program.

Source: clause TH-4.1; the signatures are those of the formats' own specifications.
"""

from __future__ import annotations

from enum import StrEnum

_TEXT_LOOK = 65_536


class FileType(StrEnum):
    """The closed list, by the ending a download is given."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    TEXT = "txt"


def file_type(content: bytes) -> FileType | None:
    """What a file is, None for what is not on the list."""
    if content.startswith(b"%PDF-"):
        return FileType.PDF
    if content.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return FileType.GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileType.WEBP
    return FileType.TEXT if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    """Plain words: UTF-8 without control characters, and nothing a browser or a shell would take for its own."""
    if not content:
        return False
    try:
        text = content[:_TEXT_LOOK].decode("utf-8", "strict" if len(content) <= _TEXT_LOOK else "ignore")
    except UnicodeDecodeError:
        return False
    if any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text):
        return False
    head = text.lstrip("\ufeff \t\r\n").casefold()
    return not head.startswith(("<", "#!", "{\\rtf", "@echo", "mz"))
