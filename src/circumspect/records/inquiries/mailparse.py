"""An e-mail as it comes in, read into what a letter needs: who wrote, what about, what, and which files.

Whatever comes in, this gives a mail or its own error, and nothing else. Plain text is preferred; of a mail that is
HTML alone the words are taken and nothing is fetched, drawn or kept. Files that are not on the list are left out, and
that is said. What they quoted of ours is left out too: it is here already.

Pure: bytes in, values out.

Source: RFC 5322, RFC 2045 to 2047, RFC 3464, RFC 3834; clause MP-4.8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from html import unescape
from typing import TypeVar

from circumspect.records.inquiries.filetypes import file_type
from circumspect.records.inquiries.rules import FILE_MOST_BYTES, MOST_FILES, SHORT_MOST, TEXT_MOST
from circumspect.records.inquiries.shelves import File
from circumspect.records.textrules import looks_like_ssn

T = TypeVar("T")
MAIL_MOST_BYTES = 15_000_000
_MOST_PARTS = 100
# What no mail of a person's has, and what the parsers below would need hours for: lines, parts within parts, one header.
_MOST_LINES = 400_000
_MOST_BOUNDARIES = 40
_MOST_HEADER = 100_000
_BOUNDARY = re.compile(rb"boundary[\s*0-9]*=", re.IGNORECASE)
_QUOTED = re.compile(r"^\s*>")
# How programs begin what they quote, in the library's languages; the address they name is not kept.
_QUOTE_BEGINS = re.compile(
    r"^\s*(On .{5,200} wrote:|El .{5,200} escribió:|.{5,200} (?:pisze|napisał|napisała|napisał\(a\)):"
    r"|-{2,}\s*(?:Original Message|Mensaje original|Wiadomość oryginalna)\s*-{2,})\s*$"
)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\\]{1,64}@[^\s@<>,;:\"()\\]{1,190}\.[A-Za-z0-9-]{2,63}")


class MailError(Exception):
    """A mail that cannot be taken. The message says what kind of thing is wrong, and nothing of the mail.

    Attributes:
        rule: "large", "empty", "unreadable" or "no address".
    """

    def __init__(self, rule: str) -> None:
        super().__init__(f"a mail was not taken: {rule}")
        self.rule = rule


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A mail that was read. Prints as nothing.

    Attributes:
        to: Every address it went to, as far as its headers say.
        files: Those that may be kept.
        left_out: How many others there were.
        is_automatic: A machine sent it: nobody waits for an answer.
        is_report: It reports on a mail that was not delivered.
        is_final: Of a report: that it never will be.
    """

    sender: str
    name: str
    to: tuple[str, ...]
    subject: str
    body: str
    files: tuple[File, ...]
    left_out: int
    is_automatic: bool
    is_report: bool
    is_final: bool


def read_mail(raw: bytes) -> Mail:
    """Read a mail.

    Raises:
        MailError: It is too large, holds nothing, or is no mail. Nothing else is ever raised.
    """
    return _guarded(lambda: _read(_parsed(raw)))


def says_undelivered(raw: bytes) -> bool:
    """Whether a mail that came back says that delivery failed for good; one that is no report does.

    Raises:
        MailError: It is too large, or no mail. Nothing else is ever raised.
    """
    return _guarded(lambda: _is_final(_parsed(raw)))


def _guarded(reading: Callable[[], T]) -> T:
    try:
        return reading()
    except MailError:
        raise
    except RecursionError:
        raise MailError("unreadable") from None
    except Exception:  # noqa: BLE001 - the parsers below raise what they like on what is no mail; it is refused
        raise MailError("unreadable") from None


def _parsed(raw: bytes) -> Message:
    if len(raw) > MAIL_MOST_BYTES:
        raise MailError("large")
    if (
        raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES
        or len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES
    ):
        raise MailError("unreadable")
    mail = message_from_bytes(raw, policy=policy.compat32)
    if any(len(value) > _MOST_HEADER for part in mail.walk() for _, value in part.raw_items()):
        raise MailError("unreadable")
    return mail


def _read(mail: Message) -> Mail:
    is_report = _is_report(mail)
    name, sender = parseaddr(_header(mail, "From"))
    if not _ADDRESS.fullmatch(sender):
        sender = ""
    if not sender and not is_report:
        raise MailError("no address")
    body, files, left_out = _content(mail)
    subject = _line(_header(mail, "Subject"), SHORT_MOST)
    if not (body or files or subject) and not is_report:
        raise MailError("empty")
    automatic = _header(mail, "Auto-Submitted").strip().casefold()
    return Mail(
        sender=sender,
        name=_line(name, SHORT_MOST),
        to=_to(mail),
        subject=subject,
        body=body,
        files=files,
        left_out=left_out,
        is_automatic=is_report
        or (automatic not in ("", "no"))
        or _header(mail, "Precedence").strip().casefold() in ("bulk", "junk", "list")
        or bool(_header(mail, "List-Id")),
        is_report=is_report,
        is_final=is_report and _is_final(mail),
    )


def _to(mail: Message) -> tuple[str, ...]:
    names = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    raw = [str(value) for name in names for value in (mail.get_all(name) or [])]
    return tuple(dict.fromkeys(address for _, address in getaddresses(raw) if _ADDRESS.fullmatch(address)))


def _content(mail: Message) -> tuple[str, tuple[File, ...], int]:
    plain, marked = "", ""
    files: list[File] = []
    left_out = 0
    for number, part in enumerate(mail.walk()):
        if number > _MOST_PARTS:
            left_out += 1
            break
        if part.is_multipart() or part.get_content_maintype() in ("multipart", "message"):
            continue
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        kind, is_file = part.get_content_type(), part.get_content_disposition() == "attachment"
        if kind == "text/plain" and not is_file:
            plain = plain or _text(part, content)
        elif kind == "text/html" and not is_file:
            marked = marked or words_of_html(_text(part, content))
        elif part.get_content_disposition() == "inline" and not part.get_filename():
            continue
        elif (
            len(files) < MOST_FILES and 0 < len(content) <= FILE_MOST_BYTES and file_type(content) is not None
        ):
            files.append(File(_line(_decoded(part.get_filename() or ""), 80), content))
        else:
            left_out += 1
    return _cut(_own_words(plain or marked)), tuple(files), left_out


def _text(part: Message, content: bytes) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        text = content.decode(charset, "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return _clean(text)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and not 127 <= ord(sign) < 160)
    )


def _own_words(text: str) -> str:
    """What they wrote, without what they quoted."""
    kept: list[str] = []
    for line in text.split("\n"):
        if len(line) < 400 and _QUOTE_BEGINS.match(line):
            break
        if not _QUOTED.match(line):
            kept.append(line.rstrip())
    own = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return own or text.strip()


def _cut(text: str) -> str:
    """As much as a letter holds; a number that is never kept is taken out."""
    if looks_like_ssn(text):
        text = re.sub(r"\d(?:[\s.\-–/]{0,3}\d){8,}", "[a number that is never kept]", text)
        if looks_like_ssn(text):
            text = "[the text held a number that is never kept, and was not kept either]"
    if len(text) <= TEXT_MOST:
        return text
    end = "\n\n[…]"
    return text[: TEXT_MOST - len(end)].rstrip() + end


def _header(mail: Message, name: str) -> str:
    return _decoded(mail.get(name, ""))


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (ValueError, LookupError, AssertionError):
        return str(value)


def _line(text: str, limit: int) -> str:
    line = " ".join(_clean(text.replace("\n", " ")).split())
    return "" if looks_like_ssn(line) else line[:limit].strip()


def _is_report(mail: Message) -> bool:
    return mail.get_content_type() == "multipart/report" or any(
        part.get_content_type() == "message/delivery-status" for part in mail.walk()
    )


def _is_final(mail: Message) -> bool:
    blocks = [
        block
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in (part.get_payload() if isinstance(part.get_payload(), list) else [])
        if isinstance(block, Message)
    ]
    actions = {str(value).strip().casefold() for block in blocks for value in block.get_all("Action", [])}
    statuses = [str(value).strip() for block in blocks for value in block.get_all("Status", [])]
    if not actions:
        return True
    return "failed" in actions and not all(status.startswith("4") for status in statuses or ["5"])


# What is told of a page: no scripts, no styles, no quotation; a new line where a block begins.
_SILENT = frozenset({"script", "style", "head", "title", "template", "blockquote"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"})
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})")
# In these a "<" begins nothing but their end.
_ENDS = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style")}


def words_of_html(text: str) -> str:
    """The words of an HTML text; nothing of it is fetched or run."""
    lines = [" ".join(line.split()) for line in "".join(_said(text[:2_000_000])).split("\n")]
    return _clean(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


def _said(text: str) -> Iterator[str]:
    """Words and line ends. No sign is looked at twice, whatever was made of it: ``html.parser`` looks for a tag's
    end anew from every "<", and needs hours for a mail of two megabytes that was written for it."""
    at = silent = 0
    while at < len(text):
        begins = text.find("<", at)
        begins = len(text) if begins < 0 else begins
        if not silent:
            yield re.sub(r"\s+", " ", unescape(text[at:begins]))
        tag = _TAG.match(text, begins)
        if tag is None and text[begins + 1 : begins + 2] not in ("!", "?", "/"):
            yield "" if silent else text[begins : begins + 1]
            at = begins + 1
            continue
        at = _after(text, "-->" if text.startswith("<!--", begins) else ">", begins)
        if tag is None:
            continue
        name = tag[2].lower()
        if name in _BLOCKS:
            yield "\n"
        if name in _SILENT:
            silent = max(0, silent + (-1 if tag[1] else 1))
        if name in _ENDS and not tag[1]:
            end = _ENDS[name].search(text, at)
            at = end.start() if end else len(text)


def _after(text: str, sign: str, at: int) -> int:
    """Where the text goes on after a sign; its end where there is none."""
    found = text.find(sign, at)
    return len(text) if found < 0 else found + len(sign)
