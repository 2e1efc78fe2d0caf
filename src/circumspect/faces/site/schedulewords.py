"""What each kind of record is called and how it ends: the schedule's own sentences, which are written in English.

Marked here, so that those who translate the site find them; ``keeping`` asks for them by what the schedule says.
A test holds every language's page against the schedule and the inventory.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

# For the translators: the sentences as the schedule has them.
SENTENCES: tuple[Promise, ...] = (
    _l("Registration record"),
    _l("The patron's key is destroyed, then the sealed row and its index entries go."),
    _l("Card numbers"),
    _l("The row goes; until then a lost card that turns up can be told apart."),
    _l("Notes on a card account"),
    _l("The row goes. No note may be written to last more than a year."),
    _l("Scrambled PINs"),
    _l("The row goes with the account, and at once when a new PIN is set."),
    _l("Passkeys that patrons added"),
    _l("The row goes with the account, and at once when its owner removes it, or staff at the owner's wish."),
    _l("Which kinds of notice went out, and on which day"),
    _l("The row goes. The text was never kept."),
    _l("Loans"),
    _l(
        "Check-in cuts the link in the same transaction; an epoch's keys end a year after it, whatever "
        "is still out."
    ),
    _l("What was scanned while the line was down and waits for a person"),
    _l(
        "The row goes when it is cleared; the letterbox's key is destroyed, 60 days after it was made at"
        " the latest."
    ),
    _l("Holds"),
    _l(
        "The row goes in the transaction that ends the hold; an epoch's keys end a year after it, and "
        "what still waits is tied to today's epoch before."
    ),
    _l("Interlibrary loans"),
    _l("The link to the patron is cut when the request ends; a count stays."),
    _l("Fees owed, paid and waived"),
    _l(
        "The item goes from the line when it is settled; the line goes 90 days later, after the time to "
        "dispute it. What is still owed is tied to today's epoch before its own ends."
    ),
    _l("Public computer sessions and bookings"),
    _l("The link is cut when the session ends; the day's keys are destroyed."),
    _l("Reading history, for those who asked for one"),
    _l(
        "The title goes on the first of the month the patron's choice ends in, or when the patron erases"
        " it; all of it when the history is turned off or the account ends."
    ),
    _l("Permissions that a patron gave to somebody by name"),
    _l("The row goes. None may be given for more than a year."),
    _l("Sign-ins on the patron's own pages"),
    _l(
        "The row goes with the sign-out, and by itself after ten minutes without a page and an hour in all;"
        " ten times as late for whoever said that they need more time."
    ),
    _l("Questions, forms and mail that are part of the borrower's record"),
    _l(
        "The letter's own key is destroyed, then its rows go. What nobody answers closes itself after "
        "180 days."
    ),
    _l("Suggestions and general mail that count as public records"),
    _l("The letter's own key is destroyed, then its rows go, once a disposal certificate has been approved."),
    _l("Who gets the newsletter"),
    _l(
        "The address's own key is destroyed and the row goes; an address that nobody confirmed goes "
        "after three days."
    ),
    _l("Keyed hashes of addresses that have unsubscribed"),
    _l("The row goes."),
    _l("Looks at records that somebody in charge is to see, and what came of them"),
    _l("The row goes; idle looks that make up patterns go after 35 days."),
    _l("Court orders, requests and releases"),
    _l("The case's own key is destroyed, then its rows go."),
    _l("Copies set aside for a later court order"),
    _l("The copy's own key is destroyed, then its parts go; a certificate says so."),
    _l("Wrapped keys"),
    _l("The wrapped key is overwritten; backups of the key store are gone within 30 days."),
    _l("Who looked at what kind of field, and why"),
    _l("The keys that tie an entry to its patron are destroyed; the entry stays and names nobody."),
)
