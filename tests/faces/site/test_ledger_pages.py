"""The ledger's checkpoints in public: one a day, with witnesses, in every language, and nothing of anybody."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from site_support import DATABASES

from circumspect.faces.public import languages
from circumspect.faces.site import views_ledger
from circumspect.trust.ledger.checkpoint import cosign, open_checkpoint, witness_key

pytestmark = pytest.mark.django_db(databases=DATABASES)
SEED = bytes(range(32))


def test_the_days_last_checkpoint_is_published_and_no_other(library, reader, clock):
    """How the ledger grew within a day is not told; a witness's signature is."""
    sizes = []
    for hours in (0, 2, 24):
        clock.forward(hours=hours)
        library.door.beat()
        library.door.beat()
        sizes.append(library.ledger.checkpoint())
    key = witness_key("village-clerk", SEED)
    library.ledger.keep_cosignature(cosign(sizes[-1].note, name="village-clerk", seed=SEED, at=1), key)

    file = reader.read("/library/ledger/checkpoints.txt")

    vkey, *notes = re.split(r"\n(?=circumspect-ledger/[0-9a-f]+\n)", file)
    assert vkey.strip() == library.ledger.vkey
    found = [
        open_checkpoint(note.rstrip("\n") + "\n", library.ledger.signer.public_key, [key]) for note in notes
    ]
    assert [each.checkpoint.size for each in found] == [sizes[2].size, sizes[1].size]
    assert [set(each.cosigned_at) for each in found] == [{"village-clerk"}, set()]


@pytest.mark.parametrize(
    ("language", "word"), [("en", "The book of looks"), ("es", "El libro"), ("pl", "Księga")]
)
def test_the_page_says_what_a_seal_is_good_for(library, reader, language, word):
    library.door.beat()
    root = library.ledger.checkpoint().root.hex()

    page = reader.read(languages.in_language("/library/ledger/", language))

    assert word in page
    assert root in page


def test_every_text_is_there_in_every_language():
    path = Path(views_ledger.__file__).with_name("words") / "ledger.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))

    assert words["en"].keys() == words["es"].keys() == words["pl"].keys()
    assert all(text.strip() for texts in words.values() for text in texts.values())
