"""What a file is: genuine, filled, added, changed or not ours; what the site says of keys and standings."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import zlib
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.seals import pdf_objects
from pipeline.rules.seals.catalog import with_entry
from pipeline.rules.seals.form import HALF_ORDER, Seal, find_seals, seal_entry
from pipeline.rules.seals.metadata import says_nothing_new
from pipeline.rules.seals.public_keys import (
    did_document,
    did_file,
    did_of,
    key_set,
    read_keys,
)
from pipeline.rules.seals.standing_list import (
    KeptStanding,
    listed_as,
    of_numbers,
    read_standing,
    signing_input,
    standing_words,
)
from pipeline.sealing import fits
from tests.support.seal_cases import STOLEN_KEY, doubtful, fine, key_sets, lists, redated
from tests.support.seal_fuzz import mutants
from tests.support.seal_kit import (
    DAY,
    FIELD_TEXT,
    FORM,
    INFO,
    KEY,
    KEYS,
    METADATA,
    NUMBER,
    OTHER_UPDATES,
    SEALER,
    XMP,
    filled,
    judged,
    new_sealer,
    sealed_pdf,
    small_pdf,
    start_of,
    stream_of,
    updated,
)

SEALED = sealed_pdf()


def verdict(pdf: bytes) -> str:
    return judged(pdf).verdict.value


def test_a_sealed_file_is_genuine_and_says_of_what() -> None:
    found = judged(SEALED)
    assert (found.verdict, found.seal) == ("genuine", Seal(NUMBER, 1, DAY, KEY.id))


def test_a_seal_is_the_same_each_time() -> None:
    assert sealed_pdf() == SEALED


def test_what_is_before_the_seal_stays_byte_for_byte() -> None:
    plain = small_pdf()
    assert SEALED.startswith(plain[: start_of(plain)])


def test_one_flipped_bit_anywhere_is_seen() -> None:
    """Each byte of the file, its seal and the digits of the signature among them."""
    found = set()
    for at in range(len(SEALED)):
        pdf = bytearray(SEALED)
        pdf[at] ^= 1 << at % 8
        found.add(verdict(bytes(pdf)))
    assert found == {"changed", "not-ours"}


def test_digits_in_capitals_are_no_signature() -> None:
    """Else a file could be altered in them and stay genuine."""
    (seal,) = find_seals(SEALED)
    digits = SEALED[seal.at : seal.at + 128]
    assert verdict(SEALED.replace(digits, digits.upper())) == "changed"


def test_the_other_signature_that_fits_is_refused() -> None:
    (seal,) = find_seals(SEALED)
    s = 2 * HALF_ORDER + 1 - int(SEALED[seal.at + 64 : seal.at + 128], 16)
    assert verdict(SEALED[: seal.at + 64] + b"%064x" % s + SEALED[seal.at + 128 :]) == "changed"


@pytest.mark.parametrize("cut", [1, 6, 100, 400])
def test_a_file_that_lost_its_end_is_changed_or_nothing(cut: int) -> None:
    assert verdict(SEALED[:-cut]) in ("changed", "not-ours")


def test_something_before_the_file_is_seen() -> None:
    assert verdict(b"\n" + SEALED) == "changed"


def test_a_file_without_a_seal_is_not_ours() -> None:
    found = judged(small_pdf())
    assert (found.verdict, found.why) == ("not-ours", "without a seal")


def test_another_key_is_not_ours() -> None:
    other, _ = new_sealer()
    found = judged(other.seal(small_pdf(), NUMBER, 1, DAY))
    assert (found.verdict, found.why) == ("not-ours", "sealed by a key that is not the college's")


def test_another_key_under_our_name_is_no_seal_of_ours() -> None:
    other, _ = new_sealer()
    other.key_id = KEY.id
    assert verdict(other.seal(small_pdf(), NUMBER, 1, DAY)) == "changed"


def test_an_old_key_holds_and_a_stolen_one_does_not() -> None:
    ended = replace(KEY, until=dt.date(2026, 1, 1))
    assert judged(SEALED, {KEY.id: ended}).verdict == "genuine"
    stolen = judged(SEALED, {KEY.id: replace(ended, revoked=dt.date(2026, 1, 1))})
    assert (stolen.verdict, "2026-01-01" in stolen.why, stolen.seal) == ("not-ours", True, None)


def test_a_seal_moved_to_another_file_does_not_hold() -> None:
    """Its text is there, its signature is of other bytes."""
    (seal,) = find_seals(SEALED)
    entry = seal_entry(Seal(NUMBER, 1, DAY, KEY.id), at=seal.at)
    digits = SEALED[seal.at : seal.at + 128]
    forged = with_entry(small_pdf("Eve"), entry.replace(b"0" * 128, digits))
    assert verdict(forged) == "changed"


def test_texts_that_look_like_seals_do_not_hide_the_seal() -> None:
    """Whoever appends more of them finds that the first counts; and many cost no time."""
    text = seal_entry(Seal(NUMBER, 9, DAY, KEY.id), at=len(SEALED) + 10)
    assert judged(SEALED + text * 2000).seal == Seal(NUMBER, 1, DAY, KEY.id)


@pytest.mark.parametrize("more", [b"\n", b" ", b"%%EOF\n", b"hello", b"startxref\n9\n%%EOF\n", SEALED])
def test_appended_bytes_are_said(more: bytes) -> None:
    found = judged(SEALED + more)
    assert (found.verdict, bool(found.why), found.seal and found.seal.number) == ("added", True, NUMBER)


# What viewers append.


def test_hours_that_were_filled_in() -> None:
    assert verdict(updated(SEALED, filled())) == "filled"


def test_hours_that_were_filled_in_and_then_corrected() -> None:
    once = updated(SEALED, filled())
    assert verdict(updated(once, filled("<feff0031>", ""))) == "filled"


def test_hours_with_what_else_a_viewer_writes() -> None:
    """Dates, its own name, and that fields have a look already."""
    more: dict[int, str | bytes] = {
        INFO: "<</Title(Certificate of Ada)/Producer(A viewer)/ModDate(D:2026)>>",
        FORM: "<</Fields[4 0 R]/NeedAppearances false/DR<</Font<</F 21 0 R>>>>>>",
        METADATA: stream_of(XMP.replace(b"2025-11-05", b"2026-01-02"), "/Type/Metadata/Subtype/XML"),
        21: "<</Type/Font>>",
    }
    assert verdict(updated(SEALED, {**filled(), **more})) == "filled"


def test_hours_with_a_cross_reference_stream_and_packed_objects() -> None:
    """As a viewer appends them to a file that has such streams itself."""
    field = FIELD_TEXT.replace("/V()", "/V(3)")
    packed = zlib.compress(f"4 0 {field}".encode())
    at = len(SEALED)
    head = b"30 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>" % len(packed)
    body = head + b"stream\r\n%b\r\nendstream endobj\n" % packed
    rows = [(2, 30, 0), (1, at, 0), (1, at + len(body), 0)]
    plain = [bytes([kind]) + a.to_bytes(3) + b.to_bytes(1) for kind, a, b in rows]
    above = [bytes(5), *plain]
    predicted = b"".join(
        b"\2" + bytes((one - up) & 255 for one, up in zip(row, before, strict=True))
        for row, before in zip(plain, above, strict=False)
    )
    data = zlib.compress(predicted)
    trailer = (
        f"/Type/XRef/W[1 3 1]/Index[4 1 30 2]/Size 32/Root 1 0 R/Info 7 0 R/Prev {start_of(SEALED)}"
        f"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 5>>/Length {len(data)}"
    )
    end = b"31 0 obj\n<<%b>>stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (
        trailer.encode(),
        data,
        at + len(body),
    )
    assert judged(SEALED + body + end).why == ""
    assert verdict(SEALED + body + end) == "filled"
    elsewhere = data.replace(data, zlib.compress(predicted.replace(b"\2\2\0\0\36\0", b"\2\1\0\0\36\0")))
    assert verdict(SEALED + body + end.replace(data, elsewhere)) == "added"


@pytest.mark.parametrize("objects", OTHER_UPDATES.values(), ids=OTHER_UPDATES)
@pytest.mark.parametrize("with_hours", [True, False], ids=["with hours", "alone"])
def test_whatever_else_an_update_changes_is_added(objects: dict[int, str | bytes], with_hours: bool) -> None:
    """Alone or beside hours that were filled in."""
    changed = {**filled(), **objects} if with_hours and 20 not in objects else objects
    found = judged(updated(SEALED, changed))
    assert (found.verdict, bool(found.why)) == ("added", True)


def test_a_second_object_of_the_same_number_does_not_hide() -> None:
    """The one that the cross-reference names and one that a careless reader would find are both looked at."""
    twice = updated(SEALED, filled())
    page = b"3 0 obj\n<</Type/Page/Contents 20 0 R>>\nendobj\n"
    spoilt = twice.replace(b"4 0 obj\n", page + b"4 0 obj\n", 1)
    assert verdict(spoilt) == "added"


def test_a_cross_reference_that_leads_into_a_stream_is_seen() -> None:
    """What it names must be an object that stands there by itself."""
    hidden = b"3 0 obj\n<</Type/Page/Contents 20 0 R>>\nendobj\n"
    objects = {**filled(), 20: stream_of(hidden, "/Type/XObject/Subtype/Form/BBox[0 0 50 14]")}
    pdf = updated(SEALED, objects)
    at = pdf.index(hidden, len(SEALED))
    assert verdict(pdf.replace(b"xref\n4 1\n", b"xref\n3 1\n%010d 00000 n \n4 1\n" % at)) == "added"


@pytest.mark.parametrize(
    "trailer", ["/Encrypt 20 0 R", "/XRefStm 9", "/Root 3 0 R", "/Info 20 0 R"], ids=lambda text: text[1:5]
)
def test_a_trailer_must_follow_from_the_sealed_file(trailer: str) -> None:
    assert verdict(updated(SEALED, filled(), trailer)) == "added"


def test_an_update_of_something_else_is_added() -> None:
    assert verdict(updated(SEALED, filled(), prev=17)) == "added"


def test_an_object_that_is_removed_is_seen() -> None:
    pdf = updated(SEALED, filled())
    assert verdict(pdf.replace(b"xref\n4 1\n", b"xref\n3 1\n0000000000 65535 f \n4 1\n")) == "added"


def test_an_update_that_breaks_in_the_middle_is_added() -> None:
    pdf = updated(SEALED, filled())
    for end in range(len(SEALED) + 1, len(pdf) - 1):
        assert verdict(pdf[:end]) == "added", end


@given(st.binary(max_size=60), st.integers(0, 400))
def test_nothing_appended_is_ever_too_much(more: bytes, at: int) -> None:
    """A verdict, whatever follows, and never that of an untouched file."""
    pdf = updated(SEALED, filled())
    at = len(SEALED) + at % (len(pdf) - len(SEALED))
    assert verdict(pdf[:at] + more + pdf[at:]) in ("added", "filled")
    assert verdict(SEALED + more) == ("added" if more else "genuine")


@given(st.binary(max_size=300))
def test_any_file_has_a_verdict(data: bytes) -> None:
    assert verdict(b"%PDF-1.7\n" + data) == "not-ours"


# The objects of a PDF.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb"(a\(b\)\\ \101\n(nested))", b"a(b)\\ A\n(nested)"),
        (
            rb"(one\
two)",
            b"onetwo",
        ),
        (b"<4 1 4>", b"A@"),
        (b"/A#20B", b"A B"),
        (b"[1 -2.5 true null 3 0 R%c\n4]", [1, Decimal("-2.5"), True, None, (3, 0), 4]),
        (b"<</A<</B[]>>/C(>>)>>", {b"A": {b"B": []}, b"C": b">>"}),
    ],
)
def test_values(text: bytes, value: object) -> None:
    assert pdf_objects.read_value(text, 0) == (value, len(text))


@pytest.mark.parametrize(
    "text",
    [b"", b"(a", b"[1", b"<</A 1/A 2>>", b"<</A>>", b"<<1 2>>", b"1a", b"<4x>", b">>", b"[" * 99, b"truey"],
)
def test_what_is_no_value_is_refused(text: bytes) -> None:
    with pytest.raises(pdf_objects.UnreadableError):
        pdf_objects.read_value(text, 0)


def test_a_stream_that_unpacks_to_much_is_refused() -> None:
    bomb = pdf_objects.Stream({b"Filter": pdf_objects.Name(b"FlateDecode")}, zlib.compress(bytes(1 << 25)))
    with pytest.raises(pdf_objects.UnreadableError):
        bomb.unpacked()


def test_an_update_that_would_take_long_to_read_is_refused_at_once() -> None:
    """Packed a thousand times over, or objects of one stream that share their bytes."""
    many = b"0 " * 50_000 + b"[" + b"1 " * 50_000 + b"]"
    pairs = " ".join(f"{number} 100000" for number in range(100, 20_100)).encode() + b" "
    shelf = zlib.compress(pairs + many)
    head = f"/Type/ObjStm/N 20000/First {len(pairs)}/Filter/FlateDecode"
    assert verdict(updated(SEALED, {**filled(), 30: stream_of(shelf, head)})) == "added"
    assert verdict(SEALED + b" " * (1 << 21) + updated(SEALED, filled())[len(SEALED) :]) == "added"


# Files that cannot take a seal.


@pytest.mark.parametrize(
    "pdf",
    [b"", b"%PDF-1.7\n", small_pdf()[:-20], small_pdf().replace(b"/W [1 2 2]", b"/W [2 2 1]"), SEALED],
    ids=["empty", "head", "cut", "other rows", "sealed"],
)
def test_what_is_no_finished_certificate_takes_no_entry(pdf: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        with_entry(pdf, b"/PieceInfo<<>>")


# Metadata.


def test_metadata_in_another_form_say_nothing_new() -> None:
    as_elements = XMP.replace(
        b' xmp:CreateDate="2025-11-05">', b"><xmp:ModifyDate>2026</xmp:ModifyDate>"
    ).replace(b"<rdf:li ", b"\n <rdf:li ")
    assert says_nothing_new(XMP, as_elements)
    assert not says_nothing_new(XMP, XMP.replace(b">Certificate<", b">Diploma<"))
    assert not says_nothing_new(XMP, XMP.replace(b"dc:title", b"dc:rights"))
    assert not says_nothing_new(XMP, b"<a>")


# What the site shows.


def test_keys_are_read_as_they_are_shown() -> None:
    _, other = new_sealer(dt.date(2027, 2, 3))
    ended = replace(KEY, until=dt.date(2027, 2, 3), revoked=dt.date(2027, 3, 1))
    shown = json.loads(key_set([other, ended]))["keys"]
    assert [(key["kid"], key["from"], key["until"], key["revoked"]) for key in shown] == [
        (other.id, "2027-02-03", None, None),
        (KEY.id, "2025-11-05", "2027-02-03", "2027-03-01"),
    ]
    assert read_keys(key_set([other, ended])) == {other.id: other, KEY.id: ended}


def test_a_key_is_known_by_its_thumbprint() -> None:
    """RFC 7638, 3.2: of a key on P-256 the members are crv, kty, x and y, in this order."""
    jwk = KEY.jwk
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    assert f"{KEY.id}=".encode() == base64.urlsafe_b64encode(digest)


def test_whatever_kid_a_set_says_a_key_has_its_own() -> None:
    said = json.loads(key_set([KEY]))
    said["keys"][0]["kid"] = "A" * 43
    said["keys"].append({"kty": "RSA", "n": "AQAB"})
    assert list(read_keys(json.dumps(said))) == [KEY.id]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys": [1]}', '{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "!"}]}'],
)
def test_what_is_no_set_of_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JWK set"):
        read_keys(text)


@pytest.mark.parametrize(
    ("url", "did", "place"),
    [
        ("https://certificates.example.org", "did:web:certificates.example.org", ".well-known/did.json"),
        ("http://localhost:8000", "did:web:localhost%3A8000", ".well-known/did.json"),
        ("https://example.org/cme/certs", "did:web:example.org:cme:certs", "did.json"),
    ],
)
def test_the_site_is_a_did(url: str, did: str, place: str) -> None:
    revoked = replace(KEY, until=DAY, revoked=DAY)
    _, other = new_sealer()
    document = json.loads(did_document(url, [other, revoked]))
    assert (did_of(url), did_file(url), document["id"]) == (did, place, did)
    assert [one["id"] for one in document["verificationMethod"]] == [f"{did}#{other.id}", f"{did}#{KEY.id}"]
    assert document["assertionMethod"] == [f"{did}#{other.id}"]


def test_standings_are_signed_and_name_no_number() -> None:
    kept = of_numbers([(NUMBER, KeptStanding("withdrawn", DAY, 1))])
    text = SEALER.jws(signing_input(kept, KEY.id))
    assert read_standing(text, KEYS, fits) == kept == {listed_as(NUMBER): KeptStanding("withdrawn", DAY, 1)}
    assert NUMBER not in "".join(map(str, kept))
    assert SEALER.jws(signing_input(kept, KEY.id)) == text


def test_a_list_of_standings_that_was_altered_is_refused() -> None:
    text = SEALER.jws(signing_input(of_numbers([(NUMBER, KeptStanding("withdrawn", DAY, 1))]), KEY.id))
    empty = SEALER.jws(signing_input({}, KEY.id))
    head, _, signature = text.split(".")
    _, said, _ = empty.split(".")
    for bad in (f"{head}.{said}.{signature}", text[:-2], "", "a.b.c", f"{head}.{said}."):
        with pytest.raises(ValueError, match=r"\w"):
            read_standing(bad, KEYS, fits)
    for keys in ({}, {KEY.id: replace(KEY, revoked=DAY)}):
        with pytest.raises(ValueError, match="not signed"):
            read_standing(text, keys, fits)


@pytest.mark.parametrize(
    ("kept", "version", "words"),
    [
        (None, 1, "valid"),
        (KeptStanding("withdrawn", DAY, 1), 1, "withdrawn on 2025-11-05"),
        (KeptStanding("replaced", DAY, 2), 2, "replaced on 2025-11-05"),
        (KeptStanding("corrected", DAY, 2), 2, "valid, corrected on 2025-11-05"),
        (
            KeptStanding("corrected", DAY, 3),
            2,
            "corrected on 2025-11-05: this is version 2, and there is version 3",
        ),
    ],
)
def test_what_is_said_of_a_standing(kept: KeptStanding | None, version: int, words: str) -> None:
    assert standing_words(kept, version) == words


FINE, DOUBTFUL = fine(SEALED), doubtful(SEALED)


@pytest.mark.parametrize("name", FINE)
def test_hours_as_programs_write_them(name: str) -> None:
    assert verdict(FINE[name]) == "filled"


@pytest.mark.parametrize("name", DOUBTFUL)
def test_hours_with_anything_in_doubt(name: str) -> None:
    assert verdict(DOUBTFUL[name]) == "added"


def test_a_seal_of_no_day_is_none() -> None:
    assert verdict(redated(SEALED, "20250228")) == "genuine"
    assert verdict(redated(SEALED, "20250230")) == "changed"


def test_files_by_lot_get_a_verdict() -> None:
    """Whatever somebody made of a file, nothing is raised."""
    assert {verdict(pdf) for pdf in mutants(SEALED, "1", 400)} >= {"filled", "added", "changed"}


@pytest.mark.parametrize("name", lists())
def test_a_list_of_standings_is_read_as_a_whole_or_not(name: str) -> None:
    if name == "good":
        assert len(read_standing(lists()[name], KEYS, fits)) == 1
    else:
        with pytest.raises(ValueError, match="no list of standings"):
            read_standing(lists()[name], {**KEYS, STOLEN_KEY.id: STOLEN_KEY}, fits)


@pytest.mark.parametrize("name", key_sets())
def test_a_set_of_keys_is_read_as_a_whole_or_not(name: str) -> None:
    if name in ("good", "ended"):
        assert read_keys(key_sets()[name]).keys() == {KEY.id}
    elif name == "another curve":
        assert read_keys(key_sets()[name]) == {}
    else:
        with pytest.raises(ValueError, match="JWK set"):
            read_keys(key_sets()[name])
