"""What the library tells everybody, on the slips that it prints: a policy's change that matters, the wireless warning.

In every language, since a slip does not know whose it is.

Source: clauses TH-7.3, TH-2.11.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from circumspect.faces.public import languages
from circumspect.faces.public.changes import changes_for
from circumspect.faces.public.wireless import warnings
from circumspect.offices.publishing.rules import Place

register = template.Library()


@register.simple_tag
def policy_changes() -> SafeString:
    """The changes that were to be shown on slips."""
    lines = []
    for code in languages.LANGUAGES:
        with override(code):
            for change in changes_for(Place.SLIP):
                words = (
                    _("Our privacy policy changes. In force from %(since)s.")
                    if change.is_privacy
                    else _("Changed: %(title)s. In force from %(since)s.")
                )
                lines.append((code, words % {"title": change.title, "since": change.since}))
    return format_html_join("", '<p lang="{}">{}</p>', lines)


@register.simple_tag
def wireless_warning() -> SafeString:
    """That the wireless network is open."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<p lang="{}"><b>{}.</b> {}</p>', each.code, each.title, each.warning),)
            for each in warnings()
        ),
    )
