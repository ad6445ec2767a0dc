"""Code pages, by literals: names are read in the page they were written in, or are in doubt."""

from __future__ import annotations

import pytest

from pipeline.rules.claims.code_pages import recognise


def bytes_of(codec: str, names: str) -> list[bytes]:
    return [name.encode(codec) for name in names.split(", ") if not name.isascii()]


@pytest.mark.parametrize(
    ("codec", "spoken", "names"),
    [
        ("cp1252", "Windows-1252", "José Muñoz, Søren Kjær, Zoë Åkesson, Jürgen Groß, François Roy"),
        ("cp1252", "Windows-1252", "José Muñoz"),
        ("cp1252", "Windows-1252", "Bob O’Neill, “Ana” Lopez, Guðrún Þórsdóttir, Niccolò Donà"),
        ("mac_roman", "MacRoman", "Ana Peña, Bob O’Neill, Zoë Åkesson"),
        ("mac_roman", "MacRoman", "José García, Jürgen Groß, André Côté"),
        ("cp850", "DOS code page 850", "José Muñoz, Jürgen Müller, Renée Côté, Björn Åkesson"),
        ("iso8859_2", "Latin-2", "Żaneta Wójcik-Łąka, Jiří Dvořák"),
        ("cp1250", "Windows-1250", "Świątek Agnieszka, Łukasz Wałęsa, Jiří Dvořák"),
        ("cp1254", "Windows-1254", "Şafak Yıldız, Tuğba Çelik, Oğuz Güneş, İpek Öztürk"),
        ("cp1251", "Windows-1251", "Сергей Иванов, Анна Белова, Георгий Вишняков, Юлия Щукина"),
        ("koi8_r", "KOI8-R", "Сергей Иванов, Анна Белова, Георгий Вишняков, Юлия Щукина"),
        ("cp1253", "Windows-1253", "Γιώργος Παπαδόπουλος, Ελένη Βασιλείου"),
        ("cp1255", "Windows-1255", "לביא ביטון, אסתר כהן, שלמה לוי, אייל מזרחי"),
        ("cp1256", "Windows-1256", "عماد سلطان, كمال فيصل, حمدان جعفر, نوح خضير"),
        ("cp932", "Shift-JIS", "山田 太郎, 佐藤 花子, 佐々木 翼"),
        ("gb18030", "GB 18030", "王 芳, 李 小龙, 张 伟"),
        ("big5", "Big5", "陳 欣怡, 林 淑芬, 黃 宗翰"),
        ("cp949", "EUC-KR", "김 민수, 이 순자, 박 정식"),
    ],
)  # fmt: skip
def test_a_page_is_recognised_by_its_names(codec: str, spoken: str, names: str) -> None:
    found = recognise(bytes_of(codec, names))
    assert (found.page.codec, found.page.name, found.doubtful) == (codec, spoken, {})


@pytest.mark.parametrize(
    ("codec", "name", "otherwise"),
    [
        ("mac_roman", "María García", "Mar’a Garc’a"),
        ("cp1250", "Jan Kamiński", "Jan Kamiñski"),
        ("cp1250", "Pál Erdős", "Pál Erdõs"),
        ("cp1254", "Ali Yıldız", "Ali Yýldýz"),
    ],
)
def test_a_name_alone_that_two_pages_read_is_in_doubt(codec: str, name: str, otherwise: str) -> None:
    """Either could be meant: the row is set aside, not guessed."""
    found = recognise(bytes_of(codec, name))
    assert found.doubtful == {otherwise: name}


def test_other_names_of_the_file_settle_it() -> None:
    found = recognise(bytes_of("mac_roman", "María García, Ana Peña, Zoë Åkesson"))
    assert (found.page.codec, found.doubtful) == ("mac_roman", {})


def test_without_any_name_it_is_windows() -> None:
    assert recognise([]).page.codec == "cp1252"
