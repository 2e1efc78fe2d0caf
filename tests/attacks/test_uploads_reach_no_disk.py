"""Guarantee 1: a file that comes with a form is nowhere on a disk before it is sealed, and fills neither disk nor memory.

The attack sends files to every sort of page, large enough that Django of itself would lay them into the temporary folder,
where they could be read, and from whose free blocks they could be read afterwards. The broken twin is Django of itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile, TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings

from circumspect import uploads
from circumspect.offices.privacydesk.cases import MOST_PAPER_BYTES
from circumspect.offices.privacydesk.preservation import MOST_DEPOSIT_BYTES

CANARY = b"Qzvexwort sub poena "
# Larger than Django keeps in memory by itself.
LARGE = CANARY * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE // len(CANARY) + 1)


@pytest.fixture
def laid_down(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were laid on the disk."""
    found: list[str] = []
    real = TemporaryUploadedFile.__init__

    def note(self: Any, name: str, *rest: Any) -> None:
        found.append(name)
        real(self, name, *rest)

    monkeypatch.setattr(TemporaryUploadedFile, "__init__", note)
    return found


def sent(size: int, session: dict[str, Any]) -> HttpRequest:
    """A form with one file, from somebody with that session."""
    request = RequestFactory().post(
        "/cases/take-in/", {"papers": SimpleUploadedFile("paper.pdf", bytes(size))}
    )
    request.session = session
    return request


@pytest.mark.parametrize("path", ["/sign-in/", "/cases/take-in/", "/my/sign-in/", "/library/ask/question/"])
@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_a_large_file_is_laid_nowhere(house: Any, laid_down: list[str], path: str) -> None:
    from circumspect.faces.desk.house import served_by

    with served_by(house):
        Client(enforce_csrf_checks=False).post(path, {"papers": SimpleUploadedFile("paper.pdf", LARGE)})

    assert laid_down == []


def test_what_staff_send_stays_in_memory_up_to_the_largest_deposit() -> None:
    assert MOST_DEPOSIT_BYTES < uploads.MOST_BYTES_OF_STAFF
    request = sent(MOST_PAPER_BYTES, {"staff": {"member": 1}})

    (file,) = request.FILES.getlist("papers")

    assert isinstance(file, InMemoryUploadedFile)
    assert file.size == MOST_PAPER_BYTES


@pytest.mark.parametrize("session", [{}, {"staff": {}}, {"staff": None}])
def test_nobody_who_is_not_signed_in_fills_the_memory(session: dict[str, Any]) -> None:
    request = sent(uploads.MOST_BYTES, session)

    with pytest.raises(RequestDataTooBig):
        request.POST.get("papers")


def test_nor_does_somebody_who_is() -> None:
    request = sent(10, {"staff": {"member": 1}})
    request.META["CONTENT_LENGTH"] = str(uploads.MOST_BYTES_OF_STAFF + 1)

    with pytest.raises(RequestDataTooBig):
        request.FILES.get("papers")


@pytest.fixture
def djangos_own() -> Iterator[None]:
    """The broken twin: Django as it comes."""
    with override_settings(
        FILE_UPLOAD_HANDLERS=[
            "django.core.files.uploadhandler.MemoryFileUploadHandler",
            f"{TemporaryFileUploadHandler.__module__}.{TemporaryFileUploadHandler.__name__}",
        ],
        FILE_UPLOAD_TEMP_DIR=tempfile.gettempdir(),
    ):
        yield


def test_django_of_itself_is_convicted(djangos_own: None, laid_down: list[str]) -> None:
    request = sent(len(LARGE), {})

    request.FILES.get("papers")

    assert laid_down == ["paper.pdf"]
