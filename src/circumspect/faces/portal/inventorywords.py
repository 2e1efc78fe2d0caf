"""Why each thing is kept, in the reader's language: the inventory's own sentences, which are written in English.

A sentence that nobody has translated yet is shown as it is written, and marked as English.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _l

from circumspect.faces.public import languages

# For the translators: the sentences as the inventories have them.
SENTENCES: tuple[Promise, ...] = (
    _l("To know whose account it is and to speak to its holder by name."),
    _l("To see that its holder lives where the card may be had, and to send letters."),
    _l("To write letters to its holder's address."),
    _l("To call about the account, if its holder wants that. May be taken out at any time."),
    _l("To write about the account, if its holder wants that. May be taken out at any time."),
    _l("To tell a child's card from an adult's. Staff at the desk see an age band only."),
    _l("To print slips and write letters in the language its holder reads."),
    _l("To reach its holder only in the way they chose."),
    _l("To name titles in a letter or an e-mail only where its holder wants that. Never said otherwise."),
    _l(
        "To check who is registering, where the library has decided to collect it. A note that an ID was "
        "seen does as well."
    ),
    _l(
        "No purpose in lending. Kept only where the library has decided to ask and the person chose to "
        "answer."
    ),
    _l("To know who answers for what a child borrows. It gives that adult no way into the record."),
    _l("To reach whoever answers for what a child borrows."),
    _l("To know that an ID was shown, so that nothing from it need be copied."),
    _l("To know when the address was last looked at."),
    _l("To keep the money put on the card for copies and prints."),
    _l("To know the kind of card, its branch, until when it is valid and what stops it."),
    _l("A number drawn at random that ties the parts of one record together. Nobody is shown it."),
    _l("The month in which the registration runs out, so that it can be found without opening it."),
    _l(
        "The last day of a card made at the door without proof of identity, so that it is forgotten when "
        "nobody comes for it."
    ),
    _l("To notice that two people changed one record at once."),
    _l("The number on the card, so that staff can read it back to its holder."),
    _l("To know whether this card may be used, or was lost or replaced."),
    _l("A keyed stand-in for the number, so that a scanned card is found without storing the number."),
    _l("To tie the card to its account, and to know when a replaced one may be forgotten."),
    _l("A short note on the card account. Its holder can read it."),
    _l("What the note is about, from a list of account matters only."),
    _l("The day the note is forgotten."),
    _l("To tie the note to its account and show how old it is."),
    _l("To check a PIN without knowing it. Scrambled with salt and a key, then sealed."),
    _l("To stop somebody guessing a PIN."),
    _l("The name you gave your passkey, so that you know which is which."),
    _l("The month in which you added the passkey. When it is used is not kept."),
    _l(
        "What your passkey is known by, its public key, and the counter that tells a copied one, where it has one."
    ),
    _l(
        "A random number, whose passkey it is, a keyed stand-in by which it is found, and whether it can lock a history."
    ),
    _l("Which of your passkeys opens your locked reading history."),
    _l("The key of your reading history, under one that only your passkey makes."),
    _l(
        "Keyed stand-ins for the beginnings of a name, so that a search finds an account without storing the "
        "name."
    ),
    _l(
        "Keyed stand-ins for telephone, e-mail, and name with birth year, to find an account and to notice a "
        "second one."
    ),
    _l(
        "Word that somebody is to be told that a hold ended. It goes when the notice is made, within minutes."
    ),
    _l("Whom to tell: the link that the ended record was known by. No patron's number is stored."),
    _l("To know what is out, and to get it back. Forgotten when it comes back."),
    _l("To know when it is due."),
    _l("To know how often it has been renewed."),
    _l("To know where it was lent."),
    _l("To know which reminder went out last, so that none goes out twice."),
    _l(
        "Only where you asked for a reading history: a sealed mark that says where the title goes when it "
        "comes back."
    ),
    _l("To know whether it is out, said to be returned, or given up as lost."),
    _l(
        "What ties the loan to its patron: a keyed token and a sealed way back, of one span of time. No "
        "patron's number is stored."
    ),
    _l("To know by which of the library's rules the loan runs."),
    _l(
        "A scan made while the line was down that a person has to look at, sealed. Forgotten when it is "
        "cleared."
    ),
    _l("To know what is waited for: a title, or one copy of it. Forgotten when the hold ends."),
    _l("To know where it will be picked up, and whether it is there yet."),
    _l("A random number, and a place in the title's queue, so that everybody is served in turn."),
    _l("Days: when it was asked for, the last day it is wanted, and until when it is passed over."),
    _l("Which copy is to be fetched for it, and which stands on the shelf for it."),
    _l("A random code in place of a name on the hold shelf, and the last day it stands there."),
    _l("The last day on the shelf that its patron was told of, so that no notice goes out twice."),
    _l(
        "What ties the hold to its patron: a keyed token and a sealed way back, of one span of time. No "
        "patron's number is stored."
    ),
    _l(
        "To find a copy on the hold shelf that nobody waits for any more. It is tied to nobody, and goes "
        "when the copy is scanned."
    ),
    _l("When a copy that another library lent us is due there. No patron and no link is in it."),
    _l("To say what is owed for: a kind from a closed list, never a title."),
    _l("To know how much was charged and how much of it is still owed."),
    _l("To know when and where it was charged, whether it is settled, and from when on it is let go."),
    _l("To answer what it is for while it is owed. Taken out by the very act that settles it."),
    _l(
        "What ties the fee to its patron: a keyed token and a sealed way back, of one span of time. No "
        "patron's number is stored."
    ),
    _l(
        "To show how a fee came to be settled: amounts, days, how it was paid, or the code of why it was not."
    ),
    _l("What is asked for, so that another library can find it. Gone once the book is here."),
    _l("A random number, where the request stands, since which day, and where the book will be picked up."),
    _l(
        "What ties an open request to its patron: a keyed token and a sealed way back. Gone once the book is "
        "here."
    ),
    _l("Which library was asked, and the book while it is here, so that it can be sent back."),
    _l("To know which computer is in use. Forgotten when the session ends."),
    _l("To count the minutes of a session while it lasts."),
    _l("To end a session in time, and to warn before it ends."),
    _l(
        "What ties a running session to its card: a keyed token of one day. The row goes when the session "
        "ends."
    ),
    _l("Where the minutes of this session are counted when it ends: under a token of today."),
    _l("What is left to pay for printing with, while the session lasts."),
    _l("To keep a computer for the card that booked it."),
    _l("What ties a booking to its card: a keyed token of the day it was made on."),
    _l("To keep to the minutes a day. The key that tells whose they are dies at midnight."),
    _l("To let a guest use a computer for a while without saying who they are."),
    _l("That you asked for a reading history, for how many months, and whether it is locked."),
    _l("For how many months you chose to keep a reading history."),
    _l("Keys of your reading history: one that anything can be put in with, and a sealed one that opens it."),
    _l("A title that you brought back, because you asked for a history. Only you can open it."),
    _l("A random number, whose history it is in, and the month in which it is erased."),
    _l("Whom you let pick up your holds or see something of your account."),
    _l("What they may do or see, and nothing else."),
    _l("Whose permission it is, and its last day."),
    _l("To know the browser in which you are signed in, and when to sign it out by itself."),
    _l("Whose sign-in it is, sealed: a copy of the table names nobody."),
    _l("Name and address of whoever wrote, as far as they gave any, so that an answer can reach them."),
    _l("What was written, answered or noted. It is part of the borrower's record."),
    _l("A file that came with it."),
    _l("What sort of letter it is, where it stands, and from which day its time runs."),
    _l("Which member of staff works on it, and who decided when and why which class it is of."),
    _l(
        "What ties it to the patron who was signed in when writing, if anybody was: a keyed token and a "
        "sealed way back."
    ),
    _l("In which order it was written, from which side, whether an answer has left, and when a note ends."),
    _l("What sort of file it is and how large, so that it can be given back as a download."),
    _l("What was written, answered or noted. It is a public record."),
    _l("Where the newsletter is sent, for whoever asked for it twice."),
    _l(
        "A keyed token to find the address by, whether it has been confirmed, in which language and about "
        "what to write."
    ),
    _l(
        "A keyed hash of an address that unsubscribed, so that it is not written to for thirty days, whoever "
        "types it."
    ),
    _l(
        "To know which kinds of notice went out, how and on which day. The text and the address are not kept."
    ),
    _l("To send each notice once: whether it waits, went or failed, and which branch it names."),
    _l(
        "What ties the notice to its reader: a keyed token and a sealed way back, of one span of time. No "
        "patron's number is stored."
    ),
    _l("Keyed token of an e-mail address that mail came back from: it is written to by post for sixty days."),
    _l(
        "What was asked, by whom, and everything that was done about it, so that its lawfulness can be "
        "shown. What was taken in stands here too."
    ),
    _l("The papers themselves, as they came. Nothing in the program reads them."),
    _l("Which case a paper belongs to, and the sealed name it came under."),
    _l("Exactly what was handed over, to show later that it was within the paper that asked for it."),
    _l(
        "Which letter or report of behaviour a request to preserve names, and until when it is not forgotten: "
        "sealed, and gone by itself."
    ),
    _l(
        "What a request asked to be kept for a later court order, or what a new request names for a few days, "
        "sealed under a key of the copy's own that ends by itself."
    ),
    _l("A random number, which copy a part belongs to, and which kind of record it is of. Nobody's number."),
    _l(
        "The key that opens one record, itself locked, and its last day where it has one. Destroying it "
        "forgets the record."
    ),
    _l("The keys that tie loans and looks to patrons for one span of time, and the day they end."),
    _l("The keys behind the indexes that find an account."),
    _l(
        "Who asked, what for, which kinds of field, by which clauses, and the answer. Never a value, a title "
        "or a search term."
    ),
    _l(
        "What ties an entry to the patron it is about, for one span of time: a keyed token and a sealed way "
        "back."
    ),
    _l("Which colleague has tied a card of their own: a token only this house can make."),
    _l("Whose record a colleague's own card is, so that nobody works on their own, nor looks at it unseen."),
    _l("That there is a decoy, who marked it and when."),
    _l("Looks of five weeks on which nothing was done, to see patterns; the record is a token."),
)


def why(purpose: str) -> tuple[str, str]:
    """A reason of the inventory, and the language it is in."""
    spoken = languages.current()
    if spoken == languages.SOURCE:
        return purpose, spoken
    said = gettext(purpose)
    return (said, spoken) if said != purpose else (purpose, languages.SOURCE)
