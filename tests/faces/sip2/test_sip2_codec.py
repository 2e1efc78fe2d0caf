"""The codec: every message both ways, whatever comes in, and whatever a value holds."""

# ruff: noqa: E501 - lines are as they go over the wire

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pysip2.codec import decode_message
from pysip2.models import spec_for_id

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.codec import Encoding, Fault, Lines, SipError

# Lines as other systems write them, each message of the standard at least once; all checksums are theirs.
REQUESTS = (
    "9300CNselfcheck1|COdemo|CPMAIN|AY0AZF402",
    "9900302.00AY1AZFCA5",
    "6300120261122    090000          AOmain|AA21234000000018|AD1234|AY2AZF0F7",
    "2300120261122    090000AOmain|AA21234000000018|AC|AD1234|AY3AZF13A",
    "3520261122    090000AOmain|AA21234000000018|AY4AZF492",
    "11YN20261122    090000                  AOmain|AA21234000000018|AB31234000000016|AC|AY5AZECFD",
    "97AZFEF5",
    "2300120261122    090000AOmain|AA21234000000018|AC|AD1234|AY2AZF13B",
    "6300820261122    090000  Y       AOmain|AA21234000000018|AC|AD1234|BP1|BQ20|AY3AZED06",
    "3520261122    090000AOmain|AA21234000000018|AD1234|AY4AZF2C7",
    "11YN20261122    09000000000000    000000AOmain|AA21234000000018|AB31234000000016|AC|CHtag|AD1234|BON|BIN|AY5AZE55F",
    "09N20261122    09000020261122    090000APmain|AOmain|AB31234000000016|AC|CHtag|BIN|AY6AZE9BE",
    "29NN20261122    09000020261122    090000AOmain|AA21234000000018|AD1234|AB31234000000016|AJA title|AC|CHtag|BON|AY7AZE311",
    "6520261122    090000AOmain|AA21234000000018|AD1234|AC|BOY|AY8AZF05A",
    "15+20261122    090000AOmain|AA21234000000018|BW20261122    090000|BSwest|BY2|AD1234|AB31234000000016|AJA title|AC|BON|AY9AZE096",
    "1720261122    090000AOmain|AB31234000000016|AC|AY0AZF396",
    "15*20261122    090000BSwest|AOmain|AA21234000000018|AD1234|AB31234000000016|AY3AZEC19",
    "15+20261122    090000BSwest|BY2|AOmain|AA21234000000018|AD1234|AJ4711|AY3AZECAE",
    "15-20261122    090000AOmain|AA21234000000018|AD1234|AJ4711|AY3AZF0C9",
    "1920261122    090000AOmain|AB31234000000016|AC|CHtag|AY1AZF150",
    "3720261122    0900000402USDBV2.50|AOmain|AA21234000000018|AC|AD1234|CG991|BKK-7|AY2AZEADB",
    "01Y20261122    090000AOmain|ALKept|AA21234000000018|AC|AY3AZF0A4",
    "2520261122    090000AOmain|AA21234000000018|AC|AD1234|AY4AZF1C8",
)  # fmt: skip

ANSWERS = (
    "96AZFEF6",
    "941AY0AZFDFD",
    "98YYYYNN10000320261122    0900002.00AOmain|AMTest Library|BXYYYYYYYYYYYNYYYY|ANdoor|AFHello|AGLine|AY1AZDFDF",
    "24    Y         00120261122    090000AOmain|AA21234000000018|AEAda|BLY|CQY|BHUSD|BV2.50|AFOne|AFTwo|AY2AZE50B",
    "64              01720261122    0900000001000200030004    0000AOmain|AA21234000000018|AEAda|BZ0025|CA0010|CB0050|BLY|CQY|BHUSD|BV2.50|CC10.00|AS31234000000016|AT31234000000024|AU31234000000032|AU31234000000040|AV991 2.50 Fee|CD31234000000057|BD12 Street|BEa@example.org|BF708|AFOne|AGTwo|AY3AZB75B",
    "36Y20261122    090000AOmain|AA21234000000018|AFBye|AY4AZF215",
    "121NUY20261122    090000AOmain|AA21234000000018|AB31234000000016|AJA title|AH20261213    235959|BT04|CIN|BHUSD|BV0.10|CK001|CHtag|BKK-7|AFOne|AGTwo|AY5AZD74B",
    "300NUN20261122    090000AOmain|AA21234000000018|AB31234000000016|AJ|AH|AFNo|AY6AZEBF5",
    "101YUN20261122    090000AOmain|AB31234000000016|AQmain|AJA title|CLwest|CK001|CHtag|AFOne|AY7AZE45B",
    "6610001000120261122    090000AOmain|BM31234000000016|BN31234000000024|AY8AZEF0C",
    "161N20261122    090000BW20261122    090000|BR2|BSwest|AOmain|AA21234000000018|AB31234000000016|AJA title|AFOne|AY9AZE249",
    "1803000120261122    090000CF2|AH20261122    090000|CJ20261122    090000|CM20261122    090000|AB31234000000016|AJA title|BGmain|BHUSD|BV1.00|CK001|AQmain|APmain|CHtag|AFOne|AY0AZD2C5",
    "1803000120261122    090000CF0|AB31234000000016|AJ|CK001|AQmain|APmain|AY3AZECE3",
    "161Y20261122    090000BR1|BSwest|AOmain|AA21234000000018|AJ4711|AY3AZEE21",
    "20020261122    090000AB31234000000016|AJA title|CHtag|AFOne|AY1AZEF2A",
    "38Y20261122    090000AOmain|AA21234000000018|BKK-7|AFOne|AY2AZF05B",
    "26              00020261122    090000AOmain|AA21234000000018|AEAda|BLY|CQN|AFOne|AY3AZEB55",
)  # fmt: skip
# The order of variable fields is free: this line has another than ours.
ANOTHER_ORDER = "15+"


@pytest.mark.parametrize("line", [*REQUESTS, *ANSWERS])
def test_a_line_of_the_standard_is_understood_and_written_again_to_the_byte(line):
    received = codec.decode(line.encode())

    written = codec.encode(received.message, sequence=received.sequence, checked=received.checked)

    assert received.checked
    assert line[:2] == received.message.NUMBER
    if line.startswith(ANOTHER_ORDER):
        assert sorted(written[21:-10].split(b"|")) == sorted(line.encode()[21:-9].split(b"|"))
    else:
        assert written == line.encode() + b"\r"


def test_every_message_has_a_vector():
    numbers = {line[:2] for line in (*REQUESTS, *ANSWERS)}

    assert numbers == {kind.NUMBER for kind in (*codec.REQUESTS, *codec.ANSWERS)}
    assert len(numbers) == 31


def test_fields_are_read_by_their_letters_whatever_their_order_and_unknown_ones_are_passed_over():
    line = (
        b"63001"
        + b"20261122    090000"
        + b"  Y       "
        + b"ZZwhat is this|AD1234|AA21|XYZ|Q|BQ9|AOmain|AAsecond|BP2|"
    )

    message = codec.decode(line).message

    assert isinstance(message, codec.PatronInformationRequest)
    assert (message.patron, message.patron_password, message.institution) == ("21", "1234", "main")
    assert (message.start, message.end, message.terminal_password) == ("2", "9", None)


def test_a_field_that_may_stand_often_keeps_its_order():
    line = b"660000200000000000    000000" + b"AOmain|BMone|BMtwo|AFfirst|AFsecond|"

    message = codec.decode(line[:10] + b"20261122    090000" + line[28:]).message

    assert isinstance(message, codec.AllRenewed)
    assert message.renewed_items == ("one", "two")
    assert message.screen == ("first", "second")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"", Fault.EMPTY),
        (b"AZFEF5", Fault.CHECKSUM),
        (b"00nothing", Fault.UNKNOWN),
        (b"GET / HTTP/1.1", Fault.UNKNOWN),
        (b"63001", Fault.CUT_SHORT),
        (b"9900802.0", Fault.CUT_SHORT),
        (b"9900302.00AY1AZFCA6", Fault.CHECKSUM),
        (b"97AZ0000", Fault.CHECKSUM),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_quotes_nothing(line, fault):
    with pytest.raises(SipError) as problem:
        codec.decode(line)

    assert problem.value.fault is fault
    assert not line or line.decode() not in str(problem.value)


def test_a_checksum_that_nobody_looks_at_does_not_count():
    assert codec.decode(b"9900302.00AY1AZFCA6", check=False).sequence == "1"


def test_a_date_that_a_machine_left_out_is_read_as_blanks():
    message = codec.decode(b"65AOmain|AA21234000000018|AD1234|").message

    assert isinstance(message, codec.RenewAll)
    assert (message.date, message.institution, message.patron) == (" " * 18, "main", "21234000000018")


def test_a_message_prints_as_its_name_alone():
    line = codec.decode(b"63001" + b"20261122    090000" + b" " * 10 + b"AA21234000000018|AD7391|")

    assert "7391" not in repr(line)
    assert repr(line.message) == "<PatronInformationRequest>"


# what a value holds

DANGEROUS = [
    "a|b",
    "a\rb",
    "a\nb",
    "a\0b",
    "a｜b",
    "\x1b[2J",
    "x" * 400,
    "ł" * 300,
    "|AFyou owe|",
    "\r\n941\r",
]


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("value", DANGEROUS)
def test_no_value_ends_a_field_or_a_line(value, encoding):
    message = codec.HoldAnswer(
        date="20261122    090000", institution="main", patron="1", item=value, title=value, screen=(value,)
    )

    line = codec.encode(message, encoding, sequence="1", checked=True)
    again = codec.decode(line[:-1], encoding).message

    assert line.count(b"\r") == 1
    assert line.count(b"\n") == 0
    assert line.count(b"|") == 5
    assert isinstance(again, codec.HoldAnswer)
    assert (again.institution, again.patron, len(again.screen)) == ("main", "1", 1)
    assert all(len(part) <= 257 for part in line.split(b"|"))


def test_signs_a_machine_does_not_have_are_written_as_their_nearest_kin():
    message = codec.SessionEnded(
        date="20261122    090000", institution="Zażółć", patron="Ćwikła – „ś” 日本 é"
    )

    line = codec.encode(message, Encoding.CP850)

    assert "AOZazó".encode(Encoding.CP850) in line
    assert b"Cwikla" in line
    assert b"??" in line
    assert "é".encode(Encoding.CP850) in line


def test_a_machine_that_says_it_speaks_utf_8_and_does_not_is_understood_all_the_same():
    line = b"3520261122    090000AOmain|AA" + "José".encode(Encoding.CP850) + b"|"

    message = codec.decode(line, Encoding.UTF8).message

    assert isinstance(message, codec.EndSession)
    assert message.patron == "José"


# lines


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r\n"])
def test_lines_end_as_machines_end_them(end):
    lines = Lines()

    found = [line for byte in b"97" + end + b"9900802.00" + end for line in lines.feed(bytes([byte]))]

    assert found == [b"97", b"9900802.00"]


def test_a_line_without_end_is_given_up_and_nothing_of_it_is_kept():
    lines = Lines(100)

    assert list(lines.feed(b"x" * 60)) == []
    with pytest.raises(SipError) as problem:
        list(lines.feed(b"x" * 60))

    assert problem.value.fault is Fault.TOO_LONG
    assert lines._rest == b""


# dates


def test_eighteen_signs_are_local_time_unless_they_say_otherwise():
    zone = ZoneInfo("America/Chicago")

    assert codec.moment_of("20261122    090000", zone) == dt.datetime(2026, 11, 22, 9, tzinfo=zone)
    assert codec.moment_of("20261122   Z090000", zone) == dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
    assert codec.stamp(dt.datetime(2026, 11, 22, 9, tzinfo=zone)) == "20261122    090000"
    assert {codec.moment_of(text, zone) for text in ("", " " * 18, "20261399    090000", "2" * 18)} == {None}


# anything at all

texts = st.text(
    st.characters(codec="cp850", exclude_characters="|\r\n", exclude_categories=("C",)), max_size=40
)


@st.composite
def messages(draw):
    """A message of any kind with any values."""
    kind = draw(st.sampled_from([*codec.REQUESTS, *codec.ANSWERS]))
    values = {}
    for field in dataclasses.fields(kind):
        width = field.metadata.get("width")
        if width:
            values[field.name] = draw(st.text("YN0123456789 .", min_size=width, max_size=width))
        elif field.metadata["sort"] == "many":
            values[field.name] = tuple(draw(st.lists(texts, max_size=3)))
        elif field.metadata["sort"] == "once":
            values[field.name] = draw(texts)
        else:
            values[field.name] = draw(st.none() | texts)
    return kind(**values)


@settings(max_examples=150, deadline=None)
@given(messages(), st.sampled_from("0123456789"), st.booleans(), st.sampled_from(list(Encoding)))
def test_what_is_written_is_read_back(message, sequence, checked, encoding):
    line = codec.encode(message, encoding, sequence=sequence, checked=checked)

    received = codec.decode(line[:-1], encoding)

    assert received.message == message
    assert received.checked is checked


@settings(max_examples=150, deadline=None)
@given(messages(), st.data())
def test_one_wrong_byte_in_a_checked_line_is_noticed(message, data):
    line = bytearray(codec.encode(message, sequence="3", checked=True)[:-1])
    place = data.draw(st.integers(0, len(line) - 7))
    wrong = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    line[place] = wrong

    with pytest.raises(SipError):
        codec.decode(bytes(line))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(list(Encoding)), st.booleans())
@example(b"97AY1AZ", Encoding.CP850, True)
@example(b"63|||||||||||||||||||||||||||||||||||", Encoding.UTF8, True)
def test_whatever_comes_in_the_codec_raises_its_own_error_or_none(raw, encoding, checks):
    kinds = [b"", b"63001", b"11NN", b"98YYYYYY100003"]
    for begin in kinds:
        try:
            received = codec.decode(begin + raw, encoding, check=checks)
        except SipError:
            continue
        line = codec.encode(received.message, encoding, sequence="0", checked=True)
        assert line.count(b"\r") == 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(list(Encoding)))
@example("\ud800", Encoding.UTF8)
@example("\ud800", Encoding.CP850)
def test_whatever_a_text_holds_it_can_be_written(text, encoding):
    message = codec.SessionEnded(date="20261122    090000", institution=text, patron=text, screen=(text,))

    line = codec.encode(message, encoding)

    assert line.count(b"|") == 3
    assert codec.decode(line[:-1], encoding).message.NUMBER == "36"


# what another decoder makes of it


def filled(kind):
    """An answer of that kind with every field there is, in the shapes the standard wants."""
    shapes = {
        "status": "Y" + " " * 13, "date": "20261122    090000", "version": "2.00", "supported": "Y" * 16, "language": "001",
        "magnetic": "U", "circulation": "03", "security": "00", "fee_type": "01", "timeout": "100", "retries": "003",
        "currency": "USD", "valid": "Y", "valid_password": "N", "inhibit": "N", "media": "001", "due": "20261213    235959",
        "recall_date": "20261122    090000", "hold_until": "20261122    090000", "expires": "20261122    090000",
        "hold_limit": "0025", "overdue_limit": "0010", "charged_limit": "0050",
    }  # fmt: skip
    values = {}
    for field in dataclasses.fields(kind):
        width = field.metadata.get("width")
        value = shapes.get(field.name, "0000" if width == 4 else "Y" if width == 1 else "a value")
        if field.name == "ok":
            value = "1"
        values[field.name] = (value, value) if field.metadata.get("sort") == "many" else value
    return kind(**values)


@pytest.mark.parametrize("kind", codec.ANSWERS, ids=lambda kind: kind.NUMBER)
def test_a_strict_decoder_of_somebody_elses_reads_each_of_our_answers(kind):
    message = filled(kind)

    line = codec.encode(message, sequence="4", checked=True)
    read = decode_message(line)

    names = {field.field_id for field in spec_for_id(kind.NUMBER).fields}
    ours = {part.code.decode() for part in codec.PARTS[kind][1]}
    assert type(read.message) is spec_for_id(kind.NUMBER).struct_type
    assert read.sequence_number == (None if kind is codec.SendYoursAgain else 4)
    # Whatever the standard has, we have; beyond it are the extensions.
    assert names - {None} <= ours
    assert ours - names <= {"PA", "PB", "PC", "AQ", "CR", "CS", "CT", "CV"}
