"""Mail in and out: read whatever it is, put where it belongs, sent once, and traceable by nobody else."""

from __future__ import annotations

import base64
import re
import signal
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inquiries_support import SECRET

from circumspect.records.inquiries import answering, mailout
from circumspect.records.inquiries.mailin import Taken, reply_address, take_mail
from circumspect.records.inquiries.mailparse import MailError, read_mail, words_of_html
from circumspect.records.inquiries.models import Inquiry, InquiryAttachment, InquiryMessage, PublicLetter
from circumspect.records.inquiries.rules import Kind, LetterClass
from circumspect.records.inquiries.shelves import SHELVES, Sender
from circumspect.records.outgoing import Became, Outgoing

BOX = "ask@library.example"
database = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def a_mail(body: str = f"Do you have {SECRET}?", to: str = BOX, **headers: str) -> EmailMessage:
    """A plain mail from Ada."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        f"Ada <{SECRET}@mail.example>",
        to,
        headers.pop("subject", "A book"),
    )
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


def report(to: str, action: str = "failed") -> bytes:
    """What a mail server writes when it cannot deliver."""
    return (
        f"From: MAILER-DAEMON@mail.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; x@mail.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


class Line:
    """A line that keeps what it was given."""

    def __init__(self, became: Became = Became.SENT) -> None:
        self.mails: list[Outgoing] = []
        self.became = became

    def __call__(self, mail: Outgoing) -> Became:
        self.mails.append(mail)
        return self.became


def send(house: Any, line: Any) -> int:
    """One round."""
    return mailout.send_answers(house, "Test Library", line, lambda letter: reply_address(house, BOX, letter))


# in


@database
@pytest.mark.clause("MP-4.8", "TH-4.1")
def test_a_mail_is_a_borrowers_letter_until_somebody_decides(house, librarian):
    """Not a public record, whatever it says."""
    assert take_mail(house, BOX, a_mail("A suggestion: more benches").as_bytes()) is Taken.NEW

    row = Inquiry.objects.get()
    assert (row.kind, row.undecided) == (Kind.MAIL, True)
    assert not PublicLetter.objects.exists()
    opened = answering.see_letter(house, librarian, row.id)
    assert (opened.sender.name, opened.messages[0].text.subject) == ("Ada", "A book")


@database
def test_a_reply_goes_to_its_letter_and_what_was_quoted_stays_away(house, write, librarian):
    """By the code in the address, whoever it is from."""
    letter = write()
    mail = a_mail(
        "Thank you!\n\nOn Monday the library wrote:\n> It is there.", to=reply_address(house, BOX, letter)
    )

    assert take_mail(house, BOX, mail.as_bytes()) is Taken.ADDED

    assert Inquiry.objects.count() == 1
    assert answering.see_letter(house, librarian, letter).messages[1].text.body == "Thank you!"


@database
def test_the_servers_own_word_for_whom_it_is_counts_too(house, write):
    """A copy hides the address from the headers."""
    letter = write()
    mail = a_mail("Thank you!", to="somebody@else.example")
    assert (
        take_mail(house, BOX, mail.as_bytes(), addressed=[reply_address(house, BOX, letter)]) is Taken.ADDED
    )


@database
def test_a_made_up_code_finds_no_letter(house, write):
    """Nor one bent by a letter, nor that of a closed or forgotten letter: each is a letter of its own."""
    letter = write()
    good = reply_address(house, BOX, letter)
    bent = good.replace("@", "a@") if good[-20] != "a" else good.replace("@", "b@")
    for to in (bent, f"ask+{'a' * 26}@library.example", good.replace("library", "elsewhere")):
        assert take_mail(house, BOX, a_mail(to=to).as_bytes()) is Taken.NEW
    house.vault.destroy_subject(letter)
    assert take_mail(house, BOX, a_mail(to=good).as_bytes()) is Taken.NEW
    assert InquiryMessage.objects.filter(letter_id=letter).count() == 1


@database
@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<news.example>"}],
    ids=["away", "bulk", "list"],
)
def test_what_machines_send_is_let_go(house, headers):
    """No letter, and no answer that would go round in circles."""
    assert take_mail(house, BOX, a_mail(**headers).as_bytes()) is Taken.LET_GO
    assert not Inquiry.objects.exists()


@database
def test_files_on_the_list_come_along_and_others_are_left_out_and_said(house, librarian):
    """By what they are, not by what they are called."""
    mail = a_mail()
    mail.add_attachment(b"%PDF-1.7 x", maintype="image", subtype="png", filename="../../etc/map.png")
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="pdf", filename="bill.pdf")

    take_mail(house, BOX, mail.as_bytes())

    letter = Inquiry.objects.get().id
    opened = answering.see_letter(house, librarian, letter)
    file, kind = answering.attachment(house, librarian, letter, opened.messages[0].files[0][0])
    assert (InquiryAttachment.objects.count(), kind, file.name) == (1, "pdf", "map.png")
    assert "1 of the files" in opened.messages[0].text.body


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "no address"),
        (b"\x00\xff" * 100, "no address"),
        (b"From: nobody\r\n\r\nhello", "no address"),
        (b"From: a@b.example\r\n\r\n", "empty"),
        (b"From: a@b.example\r\n\r\n" + b"x" * 15_000_000, "large"),
    ],
    ids=["nothing", "noise", "no address", "empty", "large"],
)
def test_what_is_no_mail_is_refused_in_words_that_hold_nothing_of_it(raw, rule):
    """Its own error, with one of four words."""
    with pytest.raises(MailError) as refusal:
        read_mail(raw)
    assert refusal.value.rule == rule


_PIECES = st.sampled_from(
    [
        b"From: a@b.example\r\n",
        b"From: =?utf-8?b?w6k=?= <a@b.example>\r\n",
        b"From: =?utf-9?q?=FF?= <a@b.example>\r\n",
        b"Subject: =?iso-8859-1?q?=E9?= \r\n",
        b"Subject: =?x?b?====?=\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/report; boundary=\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; charset=klingon\r\n",
        b"Content-Type: text/plain; charset*=utf-8''%FF\r\n",
        b"Content-Disposition: attachment; filename*=utf-8''%00%2e%2e\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: uuencode\r\n",
        b"\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"Action: failed\r\n",
        b"<script>x</script><p>hello",
        b"<![if ie]><!--",
        b"&#xD800;&#99999999;",
        b"%PDF-1.4",
        base64.b64encode(b"\x89PNG\r\n\x1a\n" * 9) + b"\r\n",
    ]
)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=40)), max_size=24).map(b"".join))
@example(b"Content-Type: message/rfc822\r\n\r\n" * 400)
@example(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 3000)
@example(b"From: a@b.example\r\n\r\n" + b"<div>" * 5000)
def test_whatever_comes_in_is_a_mail_or_its_own_error(raw):
    """Nothing else is ever raised, and what is read can be stored."""
    try:
        mail = read_mail(raw)
    except MailError:
        return
    for text in (mail.sender, mail.name, mail.subject, mail.body):
        text.encode()
        assert "\x00" not in text
    assert len(mail.body) <= 8_000
    assert len(mail.files) <= 3


def test_a_page_of_html_gives_its_words_and_nothing_else():
    """No script, no style, no picture, no quotation."""
    page = "<style>p{}</style><p>Hello<br>there</p><script>x()</script><img src=http://t.example><blockquote>old</blockquote>"
    assert words_of_html(page) == "Hello\nthere"


def test_what_only_looks_like_a_tag_is_told_as_words():
    """And what has no end is told no more."""
    assert (
        words_of_html("1 < 2 &lt;b&gt; <3 <b>bold</b>ly<!-- no --> <?no?> </>end")
        == "1 < 2 <b> <3 boldly end"
    )
    assert words_of_html("<title>no</title>a<SCRIPT>'</p>'</Script >b<p\nclass=x>c <i never") == "ab\nc"
    assert words_of_html("a<!-- b") == words_of_html("a<script>b") == "a"


_HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
_PAGE = _HEAD + b"Content-Type: text/html\r\n\r\n"
_NEST = b"".join(
    b"Content-Type: multipart/mixed; boundary\r\n =%d\r\n\r\n--%d\r\n" % (at, at) for at in range(400)
)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(_PAGE + b"<!--" * 250_000, id="comments that never end"),
        pytest.param(_PAGE + b"<a " * 300_000, id="tags that never end"),
        pytest.param(_PAGE + b"<a a='" * 150_000, id="values that never end"),
        pytest.param(_PAGE + b"</a" * 300_000, id="ends that never end"),
        pytest.param(
            b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?a?= " * 150_000 + b"\r\n\r\nx",
            id="a subject in pieces",
        ),
        pytest.param(_HEAD + _NEST + b"--\r\n" * 1_000_000, id="parts within parts"),
        pytest.param(
            _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\n\n" * 2_500_000, id="parts"
        ),
    ],
)
def test_no_mail_keeps_the_house_from_its_work(raw):
    """Anybody may send one, and while it is read nobody at the desk is served: seconds of computing, not hours."""

    def over(*_args: object) -> None:
        pytest.fail("still at it")

    before = signal.signal(signal.SIGVTALRM, over)
    # Of the processor's time for this process, which a busy machine does not spend.
    signal.setitimer(signal.ITIMER_VIRTUAL, 12)
    try:
        with suppress(MailError):
            read_mail(raw)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_number_that_is_never_kept_is_taken_out_of_a_mail():
    """The mail is taken all the same: it cannot be given back to be written anew."""
    mail = read_mail(a_mail("my number is 123-45-6789, thank you").as_bytes())
    assert "6789" not in mail.body
    assert "thank you" in mail.body


# out


@database
@pytest.mark.clause("MP-4.8")
def test_an_answer_leaves_once_with_a_subject_that_says_nothing(house, write, librarian):
    """To whoever wrote, from an address that leads back to the letter."""
    letter, line = write(subject=SECRET), Line()
    answering.answer(house, librarian, letter, f"See {SECRET}.")

    assert send(house, line) == 1
    assert send(house, line) == 0

    mail = line.mails[0]
    assert mail.to == f"{SECRET}@mail.example"
    assert mail.subject == "Test Library has answered you"
    assert SECRET not in mail.subject + str(dict(mail.headers)) + mail.came_from
    assert mail.headers["Reply-To"] == mail.came_from == reply_address(house, BOX, letter)
    assert InquiryMessage.objects.get(author="library").outgoing == "sent"


@database
def test_an_answer_that_may_have_left_is_not_sent_again(house, write, librarian):
    """A crash in the middle leaves it unsure; a server that is away leaves it queued."""
    answering.answer(house, librarian, write(), "Here.")
    assert send(house, Line(Became.LATER)) == 0
    assert InquiryMessage.objects.get(author="library").outgoing == "queued"

    def crash(_mail: Outgoing) -> Became:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(house, crash)
    assert InquiryMessage.objects.get(author="library").outgoing == "unsure"
    assert send(house, Line()) == 0


@database
@pytest.mark.parametrize(
    ("action", "taken", "stands"), [("failed", Taken.BOUNCED, "back"), ("delayed", Taken.LET_GO, "sent")]
)
def test_an_answer_that_comes_back_is_marked_and_opens_nothing(
    house, write, librarian, action, taken, stands
):
    """Known by the address it came back to; a delay changes nothing."""
    letter = write()
    answering.answer(house, librarian, letter, "Here.")
    send(house, Line())
    before = house.ledger.size()

    assert take_mail(house, BOX, report(reply_address(house, BOX, letter), action)) is taken

    assert InquiryMessage.objects.get(author="library").outgoing == stands
    assert house.ledger.size() == before
    assert Inquiry.objects.count() == 1


@database
def test_what_came_back_to_a_subscribers_code_ends_the_subscription(house):
    """The newsletter is another room: what to do is handed in."""
    ended: list[str] = []
    to = f"ask+n{'b' * 26}@library.example"

    def end(_house: Any, code: str) -> bool:
        ended.append(code)
        return True

    assert take_mail(house, BOX, report(to), newsletter_came_back=end) is Taken.LET_GO
    assert take_mail(house, BOX, report(to, "delayed"), newsletter_came_back=end) is Taken.LET_GO
    assert ended == ["b" * 26]


@database
def test_a_letter_without_an_address_is_never_mailed(house, write, librarian):
    """It is read on the portal, or not at all."""
    letter = write(sender=Sender("Ada"))
    assert not answering.answer(house, librarian, letter, "Here.")
    assert mailout.waiting() == 0


def test_words_around_an_answer_are_there_in_every_language():
    """The same texts, with the same places to fill."""
    for language in ("en", "es", "pl"):
        assert mailout.WORDS[language].keys() == mailout.WORDS["en"].keys()
        for name, text in mailout.WORDS[language].items():
            assert set(re.findall(r"\$\w+", text)) == set(re.findall(r"\$\w+", mailout.WORDS["en"][name]))


def test_the_classes_that_mail_can_be_of_are_two():
    """A third would have no shelf."""
    assert {each.value for each in LetterClass} == {"inquiries", "public mail"}
    assert SHELVES.keys() == set(LetterClass)
