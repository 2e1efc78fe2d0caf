"""The desk's addresses for questions, forms, mail, newsletters."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import letterforms, letters

urlpatterns: list[URLPattern] = [
    path("letters/", letters.inbox, name="letters"),
    path("letters/open/", letters.open_one, name="letters-open"),
    path("letters/act/", letters.act, name="letters-act"),
    path("letters/file/", letters.file, name="letters-file"),
    path("letters/public/", letters.public, name="letters-public"),
    path("letters/forms/", letterforms.forms, name="letters-forms"),
    path("letters/forms/edit/", letterforms.edit_form, name="letters-form"),
    path("letters/newsletter/", letterforms.news, name="letters-news"),
    path("letters/newsletter/readers/", letterforms.readers, name="letters-readers"),
]
