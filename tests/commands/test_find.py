"""One look-up finds the person the help desk means, however it was written, and forgets with the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger import Ledger
from pipeline.rules.certificates.numbers import page_token, read_number
from pipeline.rules.claims.claim import Claim
from pipeline.rules.claims.name_keys import name_key, name_words, similarity, slips_allowed
from pipeline.rules.claims.people import Spelling

PEOPLE = (
    ("L1", "maria.silva@example.org", "Maria da Silva"),
    ("L2", "m.silvestri@example.org", "Marta Silvestri"),
    ("L3", "jose@klinik.example.de", "José Müller-Lüdenscheidt"),
    ("L4", "liam@example.ie", "Liam O’Brien"),
    ("L5", "juan@example.mx", "Juan de la Cruz"),
    ("L6", "kate@example.com", "Katherine McDonald"),
    ("L7", "wang@example.cn", "王小明"),
    ("L8", "john.smith@example.com", "John Smith"),
    ("L9", "john.q.smith@hospital.example", "John Smith"),
    ("", "jon_smythe42@hospital.example", "Jon Smythe"),
    ("L11", "soren@example.dk", "Søren Ødegård"),
)


@pytest.fixture
def peopled_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of people with names from everywhere."""
    with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        with ledger.transaction():
            for index, (learner, email, name) in enumerate(PEOPLE):
                token = page_token(index.to_bytes(2, "big").rjust(39))
                ledger.people.add(claim(learner, email, name), token, 1)
        yield ledger


def claim(learner_id: str, email: str, name: str) -> Claim:
    values = dict.fromkeys(Claim.__dataclass_fields__)
    return Claim(**(values | {"learner_id": learner_id, "email": email, "name": name, "credentials": ""}))  # type: ignore[arg-type]


def found(ledger: Ledger, text: str) -> list[str]:
    return [one.email for one in ledger.search.people(text, read_number(text), 20)]


@pytest.mark.parametrize(
    ("text", "email"),
    [
        pytest.param("MARIA.SILVA@example.org ", "maria.silva@example.org", id="address in capitals"),
        pytest.param("L3", "jose@klinik.example.de", id="learner id"),
        pytest.param("maria silva", "maria.silva@example.org", id="without the particle"),
        pytest.param("Silva, Maria", "maria.silva@example.org", id="last name first"),
        pytest.param("dasilva", "maria.silva@example.org", id="particle joined"),
        pytest.param("Mraia Slva", "maria.silva@example.org", id="both misspelt"),
        pytest.param("Dr. Maria Silva, MD PhD", "maria.silva@example.org", id="with title and credentials"),
        pytest.param("jose muller", "jose@klinik.example.de", id="without diacritics"),
        pytest.param("Mueller", "jose@klinik.example.de", id="umlaut written out"),
        pytest.param("ludensch", "jose@klinik.example.de", id="part of a word"),
        pytest.param("denscheidt", "jose@klinik.example.de", id="end of a word"),
        pytest.param("OBrien", "liam@example.ie", id="apostrophe left out"),
        pytest.param("o'brian", "liam@example.ie", id="apostrophe and a slip"),
        pytest.param("delacruz", "juan@example.mx", id="particles joined"),
        pytest.param("Kathrine Mc Donald", "kate@example.com", id="particle apart and a slip"),
        pytest.param("小明", "wang@example.cn", id="part of a Chinese name"),
        pytest.param("Soren Odegard", "soren@example.dk", id="letters that do not decompose"),
        pytest.param("Smyhte", "jon_smythe42@hospital.example", id="letters swapped"),
        pytest.param("silvestri@", "m.silvestri@example.org", id="part of an address"),
        pytest.param("john.smiht@example.com", "john.smith@example.com", id="address misspelt"),
        pytest.param("kate@exampel.com", "kate@example.com", id="domain misspelt"),
        pytest.param("liam@elsewhere.test", "liam@example.ie", id="another domain"),
        pytest.param("smythe42", "jon_smythe42@hospital.example", id="digits of an address"),
    ],
)
def test_the_person_meant_comes_first(peopled_ledger: Ledger, text: str, email: str) -> None:
    """However it is written, who is meant stands at the top."""
    assert found(peopled_ledger, text)[0] == email


def test_an_exact_hit_comes_alone(peopled_ledger: Ledger) -> None:
    """An address, an id, a name that one person has: no near ones beside it."""
    for text in ("jon_smythe42@hospital.example", "L8", "jon smythe", "JUAN DE LA CRUZ"):
        assert len(found(peopled_ledger, text)) == 1, text


def test_namesakes_come_together_and_first(peopled_ledger: Ledger) -> None:
    """Two people of one name stand above the one who is spelt alike; nobody is preferred by chance."""
    assert found(peopled_ledger, "John Smith")[:2] == [
        "john.smith@example.com",
        "john.q.smith@hospital.example",
    ]
    assert found(peopled_ledger, "hospital.example") == [
        "john.q.smith@hospital.example",
        "jon_smythe42@hospital.example",
    ]


@pytest.mark.parametrize("text", ["", " ", "Xyzzy Quux", "@", "%", "''", "a", "L99", "\x00", "𝔐", "?" * 3000])
def test_nobody_is_found_for_nothing(peopled_ledger: Ledger, text: str) -> None:
    """Nonsense finds nobody, wildcards are letters, and a lone letter is not taken for a name."""
    assert found(peopled_ledger, text) == []


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_can_be_sought(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is pasted into the terminal, it is an answer, never an exception."""
    with Ledger(tmp_path_factory.mktemp("any") / "ledger.sqlite3") as ledger:
        with ledger.transaction():
            ledger.people.add(claim("", "x@example.org", text or "x"), page_token(bytes(39)), 1)
        assert len(ledger.search.people(text, read_number(text), 5)) <= 1


def test_names_of_before_find_the_person(peopled_ledger: Ledger) -> None:
    """Somebody who married writes under either name; a correction moves both words and vocabulary."""
    person = peopled_ledger.people.who("L6", None)[0]
    with peopled_ledger.transaction():
        peopled_ledger.people.respell(person.id, Spelling("Katherine Novak", "", "Katherine McDonald", ""), 1)
    assert found(peopled_ledger, "novak") == found(peopled_ledger, "macdonald") == ["kate@example.com"]
    with peopled_ledger.transaction():
        peopled_ledger.people.respell(person.id, Spelling("Katherine Novak", "", "Katherine Novak", ""), 2)
    assert found(peopled_ledger, "macdonald") == []


def test_a_former_address_finds_the_person_after_the_present_holder(peopled_ledger: Ledger) -> None:
    """An address that changed hands: who has it now comes first."""
    with peopled_ledger.transaction():
        person = peopled_ledger.people.who("L1", None)[0]
        peopled_ledger.people.set_email(person.id, "maria@new.example", 2)
        holder = peopled_ledger.people.who("L2", None)[0]
        peopled_ledger.people.set_email(holder.id, "maria.silva@example.org", 3)
    assert found(peopled_ledger, "maria.silva@example.org") == [
        "maria.silva@example.org",
        "maria@new.example",
    ]
    assert found(peopled_ledger, "maria@new.example") == ["maria@new.example"]


def test_nothing_of_a_deleted_name_stays_in_the_file(peopled_ledger: Ledger) -> None:
    """Words go with the last person who has them; others keep theirs; no byte of the file holds them."""
    db = peopled_ledger._db
    with peopled_ledger.transaction():
        db.execute("DELETE FROM participant WHERE learner_id IN ('L3', 'L8')")
    peopled_ledger.wipe_deleted()
    words = {row[0] for row in db.execute("SELECT word FROM word")}
    assert {"john", "smith"} <= words
    assert not {"jose", "muller", "ludenscheidt"} & words
    assert words == {row[0] for row in db.execute("SELECT DISTINCT word FROM named")}
    folder = peopled_ledger.path.parent
    kept = b"".join(path.read_bytes() for path in folder.iterdir()).lower()
    assert b"silvestri" in kept
    assert b"ludenscheidt" not in kept


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Liam O'Brien", {"liam", "o", "brien", "obrien"}),
        ("Juan de la Cruz", {"juan", "de", "la", "cruz", "delacruz"}),
        ("Kim Su Li", {"kim", "su", "li", "kimsuli"}),
        ("José Müller", {"jose", "muller"}),
        ("!!!", {"!!!"}),
    ],
)
def test_the_words_of_a_name(name: str, words: set[str]) -> None:
    """Folded words, and short ones joined to what follows."""
    assert set(name_words(name)) == words


@given(name=st.text(min_size=1, max_size=80))
def test_every_word_of_a_name_is_sought_by(name: str) -> None:
    """Nothing of a name is lost on the way into the index."""
    assert set(name_key(name).split()) <= set(name_words(name))


@given(name=st.text(st.characters(max_codepoint=127), max_size=40))
def test_the_short_way_of_folding_ascii_is_the_long_way(name: str) -> None:
    """A name in ASCII beside one letter beyond it folds alike, whichever way is taken."""
    assert name_key(f"{name} é") == f"{name_key(name)} e" or not any(map(str.isalnum, name))


def test_similarity_in_figures() -> None:
    """The same word before its beginning, before its middle, before a slip; short words allow no slip."""
    assert similarity("silva", "silva", 0) == 1.0
    assert similarity("silv", "silva", 1) == 0.9
    assert similarity("ilva", "silva", 1) == 0.8
    assert similarity("slva", "silva", 1) == 0.8
    assert similarity("x", "silva", 5) == 0.0
    assert [slips_allowed("x" * length) for length in (1, 2, 3, 5, 6, 20)] == [0, 0, 1, 1, 2, 2]


def test_everybody_of_a_file_is_found(tmp_path: Path) -> None:
    """One of them is spelled otherwise before the file is at its end: those before and after are found."""
    with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        with ledger.transaction():
            for at, name in enumerate(("Ann Alpha", "Cyrus Gamma", "Dora Delta")):
                token = page_token(bytes([at]) * 39)
                added = ledger.people.add(claim(f"L{at}", f"{at}@example.org", name), token, 1)
                if name == "Cyrus Gamma":
                    ledger.people.respell(added, Spelling("CYRUS GAMMA", "", "CYRUS GAMMA", ""), 1)
        assert [found(ledger, word) for word in ("alpha", "gamma", "delta")] == [
            ["0@example.org"],
            ["1@example.org"],
            ["2@example.org"],
        ]
