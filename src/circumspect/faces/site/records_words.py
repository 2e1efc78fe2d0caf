"""What public records, requests and their outcomes are called in the reader's language.

The office spells each in English, and a page says it with ``gettext``. Here they are marked for the translators; a test
holds the two together.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SAID = frozenset(
    {
        # sorts of record
        _("Registration records of library users"),
        _("Circulation records of library users"),
        _("Records of the use of computers"),
        _("Letters and messages"),
        _("Records of the staff"),
        _("Other records"),
        # kinds of request about a patron
        _("Court order for records"),
        _("Search warrant"),
        _("Subpoena"),
        _("Officer's emergency request"),
        _("Agency papers and other process"),
        _("Informal or spoken request"),
        _("With the patron's own permission"),
        _("A patron asks for their own record"),
        _("Press, family, employer or litigant"),
        _("Request to preserve"),
        _("Report to the CyberTipline"),
        _("Breach of security"),
        # what came of them
        _("Answered within its ground"),
        _("Refused"),
        _("Ended without anything handed over"),
        _(
            "Numbers are given in bands, the lowest of which begins at 0, and no totals are given, so that no single"
            " request can be told. The law may forbid the library to tell of a request for a time; such a request is"
            " counted in the quarter in which it may be told."
        ),
    }
)
