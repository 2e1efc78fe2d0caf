"""A checkpoint is read by anybody, signed by nobody else, and no line of a stranger is believed."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.home import Home, HomeError
from circumspect.trust.ledger.checkpoint import (
    KEY_FILE,
    Checkpoint,
    Note,
    PublicKey,
    Signer,
    cosign,
    open_checkpoint,
    witness_key,
)
from circumspect.trust.ledger.errors import NoteError

SEED = bytes(range(32))
ROOT = bytes(range(32, 64))
SIGNER = Signer(SEED, "library.example/ledger")
NOTE = SIGNER.sign(7, ROOT)

# The worked example that the signed-note specification publishes.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_LINE = (
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_published_example_is_read_and_its_signature_holds() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = PublicKey.parse(EXAMPLE_KEY)
    note = Note.parse("This is an example message.\n\n" + EXAMPLE_LINE)
    (line,) = note.signatures

    assert key.vkey == EXAMPLE_KEY
    assert (line.name, line.key_id) == (key.name, key.key_id)
    Ed25519PublicKey.from_public_bytes(key.public).verify(line.signature, note.text.encode())


def test_key_of_a_known_public_log_reads_and_prints_the_same() -> None:
    known = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    assert PublicKey.parse(known).vkey == known


def test_what_is_signed_is_read_back() -> None:
    verified = open_checkpoint(NOTE, SIGNER.public_key)

    assert verified.checkpoint == Checkpoint("library.example/ledger", 7, ROOT)
    assert verified.cosigned_at == {}
    assert NOTE.startswith(
        f"library.example/ledger\n7\n{base64.b64encode(ROOT).decode()}\n\n— library.example/"
    )


def test_one_tree_head_has_one_note() -> None:
    assert SIGNER.sign(7, ROOT) == NOTE
    assert SIGNER.sign(8, ROOT) != NOTE


def test_an_unnamed_ledger_is_named_for_its_key_for_good() -> None:
    one, same, other = Signer(SEED), Signer(SEED), Signer(bytes(32))

    assert one.origin == same.origin != other.origin
    assert PublicKey.parse(one.vkey) == one.public_key


def test_signer_prints_no_secret() -> None:
    shown = f"{SIGNER!r} {SIGNER} {vars(SIGNER.public_key) if hasattr(SIGNER.public_key, '__dict__') else ''}"

    assert SEED.hex() not in shown
    assert base64.b64encode(SEED).decode() not in shown


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_signs_nothing(length: int) -> None:
    with pytest.raises(NoteError, match="32 bytes"):
        Signer(bytes(length))


@pytest.mark.parametrize("origin", ["two words", "a+b", "a\nb", "tab\there"])
def test_an_origin_that_would_break_the_lines_is_refused(origin: str) -> None:
    with pytest.raises(NoteError, match="origin"):
        Signer(SEED, origin)


def test_key_comes_from_the_home_and_from_nowhere_else(home: Home) -> None:
    home.write_key_file(KEY_FILE, SEED)

    assert Signer(home.read_key_file(KEY_FILE)).vkey == Signer(SEED).vkey
    (home.keys / KEY_FILE).chmod(0o644)
    with pytest.raises(HomeError, match="can be read by others"):
        home.read_key_file(KEY_FILE)


def test_another_key_under_our_name_is_not_us() -> None:
    forged = Signer(bytes(32), SIGNER.origin).sign(7, ROOT)

    with pytest.raises(NoteError, match="not signed by the ledger's key"):
        open_checkpoint(forged, SIGNER.public_key)


def test_our_key_speaks_for_our_ledger_only() -> None:
    text = Checkpoint("other.example/ledger", 7, ROOT).text
    line = SIGNER.sign(7, ROOT).rpartition("\n\n")[2]

    with pytest.raises(NoteError, match="another ledger"):
        open_checkpoint(text + "\n" + line, SIGNER.public_key)


@given(st.integers(0, len(NOTE.rpartition("\n\n")[0])), st.sampled_from("0123456789abcXYZ=/\n"))
def test_one_character_changed_and_nothing_holds(place: int, letter: str) -> None:
    changed = NOTE[:place] + letter + NOTE[place + 1 :]
    if changed == NOTE:
        return

    with pytest.raises(NoteError):
        open_checkpoint(changed, SIGNER.public_key)


def test_line_of_a_stranger_is_carried_and_not_believed() -> None:
    stranger = Signer(bytes(32), "stranger.example").sign(7, ROOT).rpartition("\n\n")[2]

    verified = open_checkpoint(NOTE + stranger, SIGNER.public_key)

    assert verified.checkpoint.size == 7
    assert len(Note.parse(NOTE + stranger).signatures) == 2


def test_bad_line_in_our_name_condemns_the_note() -> None:
    """A good signature beside it does not save it."""
    bad = base64.b64encode(SIGNER.public_key.key_id + bytes(64)).decode()

    with pytest.raises(NoteError, match="does not hold"):
        open_checkpoint(f"{NOTE}— {SIGNER.origin} {bad}\n", SIGNER.public_key)


def test_witnesses_cosign_one_after_another() -> None:
    seeds = {"w1.example": bytes([1] * 32), "w2.example": bytes([2] * 32)}
    keys = [witness_key(name, seed) for name, seed in seeds.items()]
    note = NOTE
    for at, (name, seed) in enumerate(seeds.items(), start=1_795_000_000):
        note = cosign(note, name=name, seed=seed, at=at)

    verified = open_checkpoint(note, SIGNER.public_key, keys)

    assert verified.cosigned_at == {"w1.example": 1_795_000_000, "w2.example": 1_795_000_001}
    assert open_checkpoint(note, SIGNER.public_key).cosigned_at == {}


def test_cosignature_does_not_move_to_another_time_or_tree() -> None:
    seed, key = bytes([1] * 32), witness_key("w.example", bytes([1] * 32))
    line = cosign(NOTE, name="w.example", seed=seed, at=1).rpartition("\n\n")[2].splitlines(keepends=True)[1]
    raw = base64.b64decode(line.split(" ")[2])
    later = base64.b64encode(raw[:4] + (2).to_bytes(8, "big") + raw[12:]).decode()

    with pytest.raises(NoteError, match="does not hold"):
        open_checkpoint(SIGNER.sign(8, ROOT) + line, SIGNER.public_key, [key])
    with pytest.raises(NoteError, match="does not hold"):
        open_checkpoint(f"{NOTE}— w.example {later}\n", SIGNER.public_key, [key])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no signatures\n",
        "text\n\nnot a signature line\n",
        "text\n\n— name\n",
        "text\n\n— name notbase64!\n",
        "text\n\n— name AAAA\n",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
        "x" * 1_000_001,
    ],
    ids=range(10),
)
def test_malformed_note_is_refused_and_not_repeated(note: str) -> None:
    with pytest.raises(NoteError) as refusal:
        Note.parse(note)

    assert len(str(refusal.value)) < 80


@pytest.mark.parametrize("size", ["-1", "07", "+7", "7 ", "seven", "", "1" * 20])
def test_malformed_size_is_refused(size: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(f"origin\n{size}\n{base64.b64encode(ROOT).decode()}\n")


@pytest.mark.parametrize("root", ["", "!!!!", base64.b64encode(bytes(31)).decode(), "Zmr\n"])
def test_malformed_root_is_refused(root: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(f"origin\n7\n{root}\n")


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        "na me+00000000+AAAA",
        EXAMPLE_KEY.replace("530d", "530e"),
        EXAMPLE_KEY[:-4],
        EXAMPLE_KEY.replace("foo", "bar"),
    ],
)
def test_malformed_or_renamed_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        PublicKey.parse(vkey)


def test_twin_that_believes_any_name_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A twin that never checks the signature lets the forged note of another key pass; ours does not."""
    from circumspect.trust.ledger import checkpoint

    monkeypatch.setattr(checkpoint, "_holds", lambda *_: True)
    bad = base64.b64encode(SIGNER.public_key.key_id + bytes(64)).decode()
    forged = Checkpoint(SIGNER.origin, 9, bytes(32)).text + f"\n— {SIGNER.origin} {bad}\n"

    assert open_checkpoint(forged, SIGNER.public_key).checkpoint.size == 9
    monkeypatch.undo()
    with pytest.raises(NoteError):
        open_checkpoint(forged, SIGNER.public_key)
