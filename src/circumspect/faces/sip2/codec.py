"""SIP2 2.00 on the wire: bytes in, messages out, and back. No socket, no clock, no database.

A line is a message's number, its fixed parts by position, then variable fields in any order, each of
two letters, a value and a bar. Fields we do not know are passed over; of a field that may stand once, the
first counts. A line may end in a sequence number (AY) and a checksum (AZ); who sends them gets them back.

What a value holds never changes the shape of a line: whatever could end a field or a line is written as a
blank, and signs that a machine's alphabet lacks are written as their nearest kin. Nothing here raises
anything but ``SipError``, whose words hold no part of the line. Messages print as their name alone.

Source: 3M Standard Interchange Protocol 2.00; the extensions PA, PB, PC and CR, CS, CT, CV as machines in
libraries use them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

LONGEST_LINE = 2048
LONGEST_VALUE = 255  # bytes
_DELIMITER = b"|"
_DATE_WIDTH = 18
_TRAILER = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{4})\Z")
_LINE_END = re.compile(rb"[\r\n]")
# What would end a field or a line, or is no sign at all: written as a blank.
_BLANKED = bytes(0x20 if byte < 0x20 or byte in (0x7C, 0x7F) else byte for byte in range(256))
_NEAREST = str.maketrans({
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "…": "...", "€": "EUR",
})  # fmt: skip


class Encoding(StrEnum):
    """The alphabets machines speak. Everything of the standard itself is ASCII."""

    CP850 = "cp850"
    UTF8 = "utf-8"


class Fault(StrEnum):
    """What can be wrong with a line."""

    TOO_LONG = "too long"
    EMPTY = "empty"
    UNKNOWN = "no message of the standard"
    CUT_SHORT = "cut short"
    CHECKSUM = "its checksum is wrong"
    VALUE = "a fixed part does not fit"


class SipError(Exception):
    """A line that cannot be read, or a message that cannot be written. Quotes nothing of either.

    Attributes:
        fault: What is wrong.
        checked: The line carried a checksum; so does whatever asks for it again.
    """

    def __init__(self, fault: Fault, *, checked: bool = False) -> None:
        super().__init__(f"a SIP2 line is not good: {fault}")
        self.fault = fault
        self.checked = checked


# how a message's parts are declared


def _fixed(width: int, default: str | None = None) -> Any:
    blank = " " * width if default is None else default
    return dataclasses.field(default=blank, metadata={"width": width})


def _once(code: str) -> Any:
    """A field that stands in every such message, be it empty."""
    return dataclasses.field(default="", metadata={"code": code, "sort": "once"})


def _maybe(code: str) -> Any:
    """A field that may be left out (None)."""
    return dataclasses.field(default=None, metadata={"code": code, "sort": "maybe"})


def _many(code: str) -> Any:
    """A field that may stand any number of times."""
    return dataclasses.field(default=(), metadata={"code": code, "sort": "many"})


class Message:
    """One message. Prints as its name: what is in it may be anybody's."""

    __slots__ = ()
    NUMBER: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


# what machines ask


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Login(Message):
    """93: who the machine is."""

    NUMBER = "93"
    user_algorithm: str = _fixed(1, "0")
    password_algorithm: str = _fixed(1, "0")
    user: str = _once("CN")
    password: str = _once("CO")
    location: str | None = _maybe("CP")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScStatus(Message):
    """99: the machine says how it is, and asks how we are."""

    NUMBER = "99"
    status: str = _fixed(1, "0")
    print_width: str = _fixed(3, "080")
    version: str = _fixed(4, "2.00")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SendAgain(Message):
    """97: the machine did not understand our last answer."""

    NUMBER = "97"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronStatusRequest(Message):
    """23."""

    NUMBER = "23"
    language: str = _fixed(3, "000")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    terminal_password: str = _once("AC")
    patron_password: str = _once("AD")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronInformationRequest(Message):
    """63: ``summary`` marks with one Y which list is wanted."""

    NUMBER = "63"
    language: str = _fixed(3, "000")
    date: str = _fixed(18)
    summary: str = _fixed(10)
    institution: str = _once("AO")
    patron: str = _once("AA")
    terminal_password: str | None = _maybe("AC")
    patron_password: str | None = _maybe("AD")
    start: str | None = _maybe("BP")
    end: str | None = _maybe("BQ")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EndSession(Message):
    """35: the patron has gone."""

    NUMBER = "35"
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    terminal_password: str | None = _maybe("AC")
    patron_password: str | None = _maybe("AD")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckOut(Message):
    """11."""

    NUMBER = "11"
    may_renew: str = _fixed(1, "N")
    no_block: str = _fixed(1, "N")
    date: str = _fixed(18)
    no_block_due: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    item: str = _once("AB")
    terminal_password: str = _once("AC")
    properties: str | None = _maybe("CH")
    patron_password: str | None = _maybe("AD")
    fee_acknowledged: str | None = _maybe("BO")
    cancel: str | None = _maybe("BI")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckIn(Message):
    """09."""

    NUMBER = "09"
    no_block: str = _fixed(1, "N")
    date: str = _fixed(18)
    returned: str = _fixed(18)
    location: str = _once("AP")
    institution: str = _once("AO")
    item: str = _once("AB")
    terminal_password: str = _once("AC")
    properties: str | None = _maybe("CH")
    cancel: str | None = _maybe("BI")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Renew(Message):
    """29."""

    NUMBER = "29"
    third_party: str = _fixed(1, "N")
    no_block: str = _fixed(1, "N")
    date: str = _fixed(18)
    no_block_due: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    patron_password: str | None = _maybe("AD")
    item: str | None = _maybe("AB")
    title: str | None = _maybe("AJ")
    terminal_password: str | None = _maybe("AC")
    properties: str | None = _maybe("CH")
    fee_acknowledged: str | None = _maybe("BO")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RenewAll(Message):
    """65."""

    NUMBER = "65"
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    patron_password: str | None = _maybe("AD")
    terminal_password: str | None = _maybe("AC")
    fee_acknowledged: str | None = _maybe("BO")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ItemInformationRequest(Message):
    """17."""

    NUMBER = "17"
    date: str = _fixed(18)
    institution: str = _once("AO")
    item: str = _once("AB")
    terminal_password: str | None = _maybe("AC")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ItemStatusUpdate(Message):
    """19: what is written on an item's tag."""

    NUMBER = "19"
    date: str = _fixed(18)
    institution: str = _once("AO")
    item: str = _once("AB")
    terminal_password: str | None = _maybe("AC")
    properties: str = _once("CH")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FeePaid(Message):
    """37."""

    NUMBER = "37"
    date: str = _fixed(18)
    fee_type: str = _fixed(2, "01")
    payment_type: str = _fixed(2, "00")
    currency: str = _fixed(3, "USD")
    amount: str = _once("BV")
    institution: str = _once("AO")
    patron: str = _once("AA")
    terminal_password: str | None = _maybe("AC")
    patron_password: str | None = _maybe("AD")
    fee: str | None = _maybe("CG")
    transaction: str | None = _maybe("BK")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Hold(Message):
    """15: ``mode`` is + to place, - to take back, * to change."""

    NUMBER = "15"
    mode: str = _fixed(1, "+")
    date: str = _fixed(18)
    expires: str | None = _maybe("BW")
    pickup: str | None = _maybe("BS")
    hold_type: str | None = _maybe("BY")
    institution: str = _once("AO")
    patron: str = _once("AA")
    patron_password: str | None = _maybe("AD")
    item: str | None = _maybe("AB")
    title: str | None = _maybe("AJ")
    terminal_password: str | None = _maybe("AC")
    fee_acknowledged: str | None = _maybe("BO")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BlockPatron(Message):
    """01: the machine kept a card."""

    NUMBER = "01"
    retained: str = _fixed(1, "N")
    date: str = _fixed(18)
    institution: str = _once("AO")
    message: str = _once("AL")
    patron: str = _once("AA")
    terminal_password: str = _once("AC")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronEnable(Message):
    """25."""

    NUMBER = "25"
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    terminal_password: str | None = _maybe("AC")
    patron_password: str | None = _maybe("AD")


# what we answer


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LoginAnswer(Message):
    """94."""

    NUMBER = "94"
    ok: str = _fixed(1, "0")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AcsStatus(Message):
    """98: ``supported`` is sixteen Y and N, in the standard's order."""

    NUMBER = "98"
    online: str = _fixed(1, "Y")
    check_in: str = _fixed(1, "N")
    check_out: str = _fixed(1, "N")
    renewals: str = _fixed(1, "N")
    status_update: str = _fixed(1, "N")
    offline: str = _fixed(1, "N")
    timeout: str = _fixed(3, "100")
    retries: str = _fixed(3, "003")
    date: str = _fixed(18)
    version: str = _fixed(4, "2.00")
    institution: str = _once("AO")
    library: str | None = _maybe("AM")
    supported: str = _once("BX")
    location: str | None = _maybe("AN")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SendYoursAgain(Message):
    """96: we did not understand the machine's last message."""

    NUMBER = "96"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronStatus(Message):
    """24."""

    NUMBER = "24"
    status: str = _fixed(14)
    language: str = _fixed(3, "000")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    name: str = _once("AE")
    valid: str | None = _maybe("BL")
    valid_password: str | None = _maybe("CQ")
    currency: str | None = _maybe("BH")
    owed: str | None = _maybe("BV")
    expires: str | None = _maybe("PA")
    born: str | None = _maybe("PB")
    category: str | None = _maybe("PC")
    home_branch: str | None = _maybe("AQ")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronInformation(Message):
    """64. A count that is not told is four blanks, as the standard has it."""

    NUMBER = "64"
    status: str = _fixed(14)
    language: str = _fixed(3, "000")
    date: str = _fixed(18)
    holds: str = _fixed(4)
    overdue: str = _fixed(4)
    charged: str = _fixed(4)
    fines: str = _fixed(4)
    recalls: str = _fixed(4)
    unavailable: str = _fixed(4)
    institution: str = _once("AO")
    patron: str = _once("AA")
    name: str = _once("AE")
    hold_limit: str | None = _maybe("BZ")
    overdue_limit: str | None = _maybe("CA")
    charged_limit: str | None = _maybe("CB")
    valid: str | None = _maybe("BL")
    valid_password: str | None = _maybe("CQ")
    currency: str | None = _maybe("BH")
    owed: str | None = _maybe("BV")
    fee_limit: str | None = _maybe("CC")
    hold_items: tuple[str, ...] = _many("AS")
    overdue_items: tuple[str, ...] = _many("AT")
    charged_items: tuple[str, ...] = _many("AU")
    fine_items: tuple[str, ...] = _many("AV")
    recall_items: tuple[str, ...] = _many("BU")
    unavailable_items: tuple[str, ...] = _many("CD")
    address: str | None = _maybe("BD")
    email: str | None = _maybe("BE")
    phone: str | None = _maybe("BF")
    expires: str | None = _maybe("PA")
    born: str | None = _maybe("PB")
    category: str | None = _maybe("PC")
    home_branch: str | None = _maybe("AQ")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SessionEnded(Message):
    """36."""

    NUMBER = "36"
    ended: str = _fixed(1, "Y")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedOut(Message):
    """12."""

    NUMBER = "12"
    ok: str = _fixed(1, "0")
    renewal: str = _fixed(1, "N")
    magnetic: str = _fixed(1, "U")
    desensitize: str = _fixed(1, "U")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    item: str = _once("AB")
    title: str = _once("AJ")
    due: str = _once("AH")
    fee_type: str | None = _maybe("BT")
    inhibit: str | None = _maybe("CI")
    currency: str | None = _maybe("BH")
    amount: str | None = _maybe("BV")
    media: str | None = _maybe("CK")
    properties: str | None = _maybe("CH")
    transaction: str | None = _maybe("BK")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Renewed(CheckedOut):
    """30: of the same shape as 12."""

    NUMBER = "30"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedIn(Message):
    """10."""

    NUMBER = "10"
    ok: str = _fixed(1, "0")
    resensitize: str = _fixed(1, "N")
    magnetic: str = _fixed(1, "U")
    alert: str = _fixed(1, "N")
    date: str = _fixed(18)
    institution: str = _once("AO")
    item: str = _once("AB")
    permanent_location: str = _once("AQ")
    title: str | None = _maybe("AJ")
    sort_bin: str | None = _maybe("CL")
    patron: str | None = _maybe("AA")
    media: str | None = _maybe("CK")
    properties: str | None = _maybe("CH")
    collection: str | None = _maybe("CR")
    call_number: str | None = _maybe("CS")
    destination: str | None = _maybe("CT")
    alert_type: str | None = _maybe("CV")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AllRenewed(Message):
    """66."""

    NUMBER = "66"
    ok: str = _fixed(1, "0")
    renewed: str = _fixed(4, "0000")
    unrenewed: str = _fixed(4, "0000")
    date: str = _fixed(18)
    institution: str = _once("AO")
    renewed_items: tuple[str, ...] = _many("BM")
    unrenewed_items: tuple[str, ...] = _many("BN")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HoldAnswer(Message):
    """16."""

    NUMBER = "16"
    ok: str = _fixed(1, "0")
    available: str = _fixed(1, "N")
    date: str = _fixed(18)
    expires: str | None = _maybe("BW")
    queue: str | None = _maybe("BR")
    pickup: str | None = _maybe("BS")
    institution: str = _once("AO")
    patron: str = _once("AA")
    item: str | None = _maybe("AB")
    title: str | None = _maybe("AJ")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ItemInformation(Message):
    """18."""

    NUMBER = "18"
    circulation: str = _fixed(2, "01")
    security: str = _fixed(2, "00")
    fee_type: str = _fixed(2, "01")
    date: str = _fixed(18)
    queue: str | None = _maybe("CF")
    due: str | None = _maybe("AH")
    recall_date: str | None = _maybe("CJ")
    hold_until: str | None = _maybe("CM")
    item: str = _once("AB")
    title: str = _once("AJ")
    owner: str | None = _maybe("BG")
    currency: str | None = _maybe("BH")
    amount: str | None = _maybe("BV")
    media: str | None = _maybe("CK")
    permanent_location: str | None = _maybe("AQ")
    current_location: str | None = _maybe("AP")
    properties: str | None = _maybe("CH")
    collection: str | None = _maybe("CR")
    call_number: str | None = _maybe("CS")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ItemStatusUpdated(Message):
    """20."""

    NUMBER = "20"
    ok: str = _fixed(1, "0")
    date: str = _fixed(18)
    item: str = _once("AB")
    title: str | None = _maybe("AJ")
    properties: str | None = _maybe("CH")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FeeAccepted(Message):
    """38."""

    NUMBER = "38"
    accepted: str = _fixed(1, "N")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    transaction: str | None = _maybe("BK")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatronEnabled(Message):
    """26."""

    NUMBER = "26"
    status: str = _fixed(14)
    language: str = _fixed(3, "000")
    date: str = _fixed(18)
    institution: str = _once("AO")
    patron: str = _once("AA")
    name: str = _once("AE")
    valid: str | None = _maybe("BL")
    valid_password: str | None = _maybe("CQ")
    screen: tuple[str, ...] = _many("AF")
    printed: tuple[str, ...] = _many("AG")


REQUESTS: tuple[type[Message], ...] = (
    Login, ScStatus, SendAgain, PatronStatusRequest, PatronInformationRequest, EndSession, CheckOut, CheckIn, Renew,
    RenewAll, ItemInformationRequest, ItemStatusUpdate, FeePaid, Hold, BlockPatron, PatronEnable,
)  # fmt: skip
ANSWERS: tuple[type[Message], ...] = (
    LoginAnswer, AcsStatus, SendYoursAgain, PatronStatus, PatronInformation, SessionEnded, CheckedOut, CheckedIn, Renewed,
    AllRenewed, ItemInformation, ItemStatusUpdated, FeeAccepted, HoldAnswer, PatronEnabled,
)  # fmt: skip
BY_NUMBER: dict[bytes, type[Message]] = {each.NUMBER.encode(): each for each in (*REQUESTS, *ANSWERS)}
# Of these the standard wants no sequence number.
_WITHOUT_SEQUENCE = (SendAgain, SendYoursAgain)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: at a position (``width``), or named by ``code``."""

    name: str
    width: int
    code: bytes
    sort: str


def _parts(kind: type[Message]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    fixed, variable = [], []
    for each in dataclasses.fields(kind):  # type: ignore[arg-type]  # every message is a dataclass
        said = each.metadata
        if "width" in said:
            fixed.append(Part(each.name, said["width"], b"", "fixed"))
        else:
            variable.append(Part(each.name, 0, said["code"].encode(), said["sort"]))
    return tuple(fixed), tuple(variable)


# A message's fixed parts and its variable fields, in the standard's order.
PARTS = {kind: _parts(kind) for kind in (*REQUESTS, *ANSWERS)}
_BY_CODE = {kind: {part.code: part for part in variable} for kind, (_, variable) in PARTS.items()}


@dataclass(frozen=True, slots=True)
class Received:
    """A line understood.

    Attributes:
        sequence: Its AY digit, to be sent back; None where it has none.
        checked: It carried a checksum, and the checksum is right.
    """

    message: Message
    sequence: str | None
    checked: bool


# reading


class Lines:
    """Cuts what arrives into lines ended by CR, LF or both. Holds at most one line's length of it."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give every whole line; blank ones are passed over.

        Raises:
            SipError: A line is longer than it may be. What is left of it is dropped.
        """
        *whole, self._rest = _LINE_END.split(self._rest + data)
        for line in whole:
            if len(line) > self._longest:
                raise SipError(Fault.TOO_LONG)
            if line.strip(b"\0 \t"):
                yield line
        if len(self._rest) > self._longest:
            self._rest = b""
            raise SipError(Fault.TOO_LONG)


def checksum(data: bytes) -> bytes:
    """Four hex digits that bring the sum of all bytes up to "AZ" to zero, in 16 bits."""
    return b"%04X" % (-sum(data) & 0xFFFF)


def decode(line: bytes, encoding: Encoding = Encoding.CP850, *, check: bool = True) -> Received:
    """Understand one line, without its end.

    Args:
        encoding: The machine's alphabet. Bytes that are not UTF-8 are read as CP850, where every byte is a sign.
        check: Whether a checksum that is there must be right.

    Raises:
        SipError: It is no message of the standard, or is damaged.
    """
    line = line.lstrip(b"\0 \t")
    trailer = _TRAILER.search(line)
    checked = trailer is not None
    sequence = None
    if trailer is not None:
        if check and int(checksum(line[:-4]), 16) != int(trailer[2], 16):
            raise SipError(Fault.CHECKSUM, checked=True)
        sequence = trailer[1].decode() if trailer[1] else None
        line = line[: trailer.start()]
    kind = BY_NUMBER.get(line[:2])
    if kind is None:
        raise SipError(Fault.UNKNOWN if line else Fault.EMPTY, checked=checked)
    fixed, _ = PARTS[kind]
    values: dict[str, Any] = {}
    place = 2
    for part in fixed:
        raw = line[place : place + part.width]
        if part.width == _DATE_WIDTH and _DELIMITER in raw:
            # Some machines leave a date out: where it should stand, the fields have begun.
            values[part.name] = " " * _DATE_WIDTH
            continue
        if len(raw) != part.width or _DELIMITER in raw:
            raise SipError(Fault.CUT_SHORT, checked=checked)
        if not raw.isascii():
            raise SipError(Fault.VALUE, checked=checked)
        values[part.name] = raw.decode("ascii")
        place += part.width
    by_code = _BY_CODE[kind]
    many: dict[str, list[str]] = {}
    for raw in line[place:].split(_DELIMITER):
        found = by_code.get(raw[:2])
        if found is None:
            continue
        if found.sort == "many":
            many.setdefault(found.name, []).append(_text(raw[2:], encoding))
        elif found.name not in values:
            values[found.name] = _text(raw[2:], encoding)
    values |= {name: tuple(each) for name, each in many.items()}
    return Received(kind(**values), sequence, checked)


def _text(raw: bytes, encoding: Encoding) -> str:
    # No sign that ends a line or is none comes in either: a database may not take it.
    raw = raw.translate(_BLANKED)
    if raw.isascii():  # by far the most: alike in every alphabet
        return raw.decode("ascii")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode(Encoding.CP850)


# writing


def encode(
    message: Message,
    encoding: Encoding = Encoding.CP850,
    *,
    sequence: str | None = None,
    checked: bool = False,
    end: bytes = b"\r",
) -> bytes:
    """Write one message as a line with its end.

    Args:
        sequence: The AY digit of the message that is answered.
        checked: Whether a checksum is added.

    Raises:
        SipError: A fixed part is not as wide as it has to be, or the sequence number is no digit.
    """
    fixed, variable = PARTS[type(message)]
    written = [message.NUMBER.encode()]
    for part in fixed:
        raw = _bytes(getattr(message, part.name), encoding)
        if len(raw) != part.width:
            raise SipError(Fault.VALUE)
        written.append(raw)
    for part in variable:
        value = getattr(message, part.name)
        if part.sort == "many":
            written += [part.code + _bytes(each, encoding) + _DELIMITER for each in value]
        elif value is not None:
            written.append(part.code + _bytes(value, encoding) + _DELIMITER)
    line = b"".join(written)
    if checked:
        if sequence is not None and not isinstance(message, _WITHOUT_SEQUENCE):
            if len(sequence) != 1 or sequence not in "0123456789":
                raise SipError(Fault.VALUE)
            line += b"AY" + sequence.encode()
        line += b"AZ"
        line += checksum(line)
    return line + end


def _bytes(value: str, encoding: Encoding) -> bytes:
    if value.isascii() and value.isprintable() and "|" not in value and len(value) <= LONGEST_VALUE:
        # By far the most: alike in every alphabet, and nothing in it to be blanked or cut.
        return value.encode("ascii")
    try:
        raw = value.encode(encoding)
    except UnicodeEncodeError:
        raw = _nearest(value, encoding)
    raw = raw.translate(_BLANKED)
    if len(raw) <= LONGEST_VALUE:
        return raw
    # Cut at a sign's beginning: half a sign would be read as something else.
    return raw[:LONGEST_VALUE].decode(encoding, "ignore").encode(encoding)


def _nearest(value: str, encoding: Encoding) -> bytes:
    """Signs the alphabet lacks, as their nearest kin: without accents, or as a question mark."""
    out = bytearray()
    for sign in value.translate(_NEAREST):
        for one in (sign, *unicodedata.normalize("NFKD", sign)):
            try:
                out += one.encode(encoding)
            except UnicodeEncodeError:
                continue
            break
        else:
            out += b"?"
    return bytes(out)


# dates

_DATE = re.compile(r"(\d{8})(?:    |   Z)(\d{6})", re.ASCII)


def stamp(moment: dt.datetime) -> str:
    """A moment in the standard's eighteen signs, local to the moment's own zone."""
    return moment.strftime("%Y%m%d    %H%M%S")


def moment_of(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    """The moment that eighteen signs mean, blanks for local time; None where they mean none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        moment = dt.datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC if "Z" in text else zone)
