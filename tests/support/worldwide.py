# ruff: noqa: E501 - a list of names reads better unbroken
"""Made-up names as they stand in a worldwide meeting's list of participants, mostly in Latin letters."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import made_up, numbered

# Of each people the share of the participants in a thousand, given names, family names. About one in a hundred
# writes in a script that needs joining, reordering or thousands of letters.
TABLE = """
english: 430: Abigail Brandon Claire Douglas Eleanor Felicity Graham Harriet Isaac Jocelyn Keith Lorna Mabel Nigel: Ashdown Birtwistle Crowther Dunmore Everleigh Fairbrother Gladwin Hathersage Inglewood Jessop Kirkbride Lambton Maddox-Reeve O’Rafferty O'Donovan McAllister MacGillivray St._Clair Thwaite Quilter
hispanic: 90: Adrián Beatriz Concepción Íñigo Joaquín Lucía María_José Ñusta Óscar Ximena José_Ángel: Albariño Benítez_Coll Cifuentes de_la_Peña Echeverría Gutiérrez_y_Sáenz Muñoz_Ruiz Núñez Quiñones
portuguese: 40: Antônio Conceição Fábio João Luísa Tomás Inês: Araújo Brandão Conceição Guimarães da_Assunção Simões dos_Reis_Leitão
german: 55: Anneliese Björn Götz Jörg Käthe Müriel Ulrike Veit: Achenbach Böllinger Dräger von_der_Heyde Groß-Küster Jäckel Schönweiß Überacker Freiherr_von_Sülz
french: 45: Anaïs Benoît Chloé Françoise Gaël Hélène Loïc Théophile Zoé Jean-Baptiste: Aucoin Bérubé d’Aubigné Coeur-de-Roy Çelik-Morand L’Œillet Lefèvre-Ney Saint-Amé Theuriet
italian: 40: Agnese Bartolo Ciro Niccolò Zaira: Affinito Boffi D’Adda De_Filippo Fioravanti Zuffo
nordic: 35: Åse Bjørg Elísabet Guðrún Håkon Ingrið Þórður Øyvind Sjöfn Päivi: Åkerblom Bjørnstad Hämäläinen Jónsdóttir Kjærsgaard Lindström Øvergård Þorkelsson Ylönen
dutch: 20: Anouk Daniël Floor Joris Zoë: van_den_Hoff Schuijff ’t_Hart de_Graaff ter_Burgh IJsselstein
polish: 25: Agnieszka Błażej Grażyna Łucja Stanisław Żaneta: Dąbek Gęsicki Jabłoń Ślązak Wójtowicz Żak
czech: 20: Bořek Ďurica Jiří Ľubica Růžena Šárka Žofie: Čáp Dvořáček Hruška Křivák Řeháček Šťastný Žďár
balkan: 25: Đorđe Nikša Snežana Željko Ştefan Ștefania Țuța: Ćosić Đurđević Popișteanu Răduțiu Žanić
hungarian: 12: Ágota Győző Ödön Tünde: Bíró Fűtő Kőszegi Szűcs Őry
baltic: 10: Aušra Jānis Kęstutis Līga Ūla: Bērziņš Gailīte Jučas Ķēniņš Žukauskienė
turkish: 20: Ayşe Çağla Güneş İbrahim Ömer Şebnem Işıl: Akgün Çiğdem Gökçe Öztürkoğlu Şahinbaş Yıldırımlı
vietnamese: 18: Ánh Bảo Đức Hằng Mỹ_Linh Quỳnh Thảo Uyên Vũ: Nguyễn_Thị Trần_Văn Đặng Phạm_Hồng Lê_Hữu Vũ_Đình Bùi Huỳnh_Ngọc
yoruba: 10: Adébáyọ̀ Fọlákẹ́ Olúwaṣẹun Ṣadé Gbọ́láhàn Títílayọ̀: Adéyẹmí Ọ̀ṣọ́bà Àjàyí Ògúnṣọlá Ẹkúndayọ̀
hausa: 3: Ɗanjuma Ƙarima Ɓala: Ɗantata Ƙofa Maikuɗi
chinese: 25: Lǐlí Wei_Jun Xiùyīng Qiang Yue-Ting: Lǚ Ouyang Wáng Zhang Zhū
south asian: 45: Aaradhya Bhavna Chandrasekhar Ṛṣi Lakṣmī: Chatterjee Iyer Krishnamurthy Rāo Wijesinghe-Perera
arabic: 15: ʿAlī Fāṭima Ḥusayn Muḥammad Nūr Zaynab: al-Ḥakīm Ibn_Saʿīd aṭ-Ṭāʾī Khalīfa al-Qāḍī
polynesian: 2: Kahurangi Tāne Mākena: Kaʻōpua Ngāi Tūhoe
russian: 3: Агния Борис Щедрик Юлия Фёдор: Ёлкин Жигунова Подъячев Цыбульский Щукина
ukrainian: 1: Євген Їжак Ґалина: Ґудзь Підгірний Юр’єва
greek: 1: Ἀγλαΐα Θάλεια Ξένος Ιωάννης: Ζαΐμης Ψαρρού Ωραιόπουλος
georgian: 1: ქეთევან ნინო: წერეთელი ჯავახი
armenian: 1: Գայանե Արամ: Մկրտչյան Ծատուրյան
han: 3: 静 伟 麗華: 欧阳 张 陳
kana: 1: みさき さくら: 髙橋 渡邊
hangul: 2: 서준 하늘: 박 최
arabic script: 1: فاطمة محمد: الزهراء سعيد
hebrew: 1: נועם שרה: לוי כהן
devanagari: 1: ज्ञानेश्वर क्षमा: शर्मा वर्मा
"""
PEOPLES = {
    people: (int(share), given, family)
    for people, share, given, family in (line.split(": ") for line in TABLE.strip().splitlines())
}
CREDENTIALS = (
    *["MD"] * 3,
    "MD, PhD",
    "MBBS",
    "DO",
    "RN",
    "PA-C",
    "PharmD",
    "NP, FACR",
    "",
    "",
    "MD, MPH, FACR",
)
KINDS = (Kind.PARTICIPATION, Kind.PARTICIPATION, Kind.CME_ABIM, Kind.CME, Kind.CME_ABP, Kind.CME_ABIM_ABP)
SEED = int(os.environ.get("SEED", "0"))  # of what the soak draws: `make soak` sets it
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def names(count: int, seed: int = 0) -> Iterator[str]:
    """As many names, always the same for a seed."""
    chance = random.Random(seed)
    peoples = list(PEOPLES.values())
    for _, given, family in chance.choices(peoples, [share for share, _, _ in peoples], k=count):
        name = f"{chance.choice(given.split())} {chance.choice(family.split())}"
        if chance.random() < 0.12:
            name = f"{chance.choice(given.split())} {name}"
        if chance.random() < 0.04:
            name = f"{name}-{chance.choice(family.split())}"
        name = name.replace("_", " ")
        yield name.upper() if chance.random() < 0.02 and name.isascii() else name


def every_name() -> Iterator[tuple[str, str]]:
    """A people and a name, until every given and every family name of that people has stood in one.

    The first of each people stand besides in capitals, and as two given names with a double family name.
    """
    for people, (_, given, family) in PEOPLES.items():
        first, last = given.split(), family.split()
        found = [
            f"{first[at % len(first)]} {last[at % len(last)]}" for at in range(max(len(first), len(last)))
        ]
        for name in (*found, found[0].upper(), f"{first[-1]} {first[0]} {last[0]}-{last[-1]}"):
            yield people, name.replace("_", " ")


def number(chance: random.Random) -> str:
    """A made-up certificate number."""
    return "-".join("".join(chance.choices(LETTERS, k=4)) for _ in range(4))


def people(count: int, seed: int = 0) -> Iterator[Facts]:
    """Certificates of one meeting for such names, every one with a number and credits of its own."""
    chance = random.Random(seed)
    stated = {kind: made_up(kind) for kind in Kind}
    for name in names(count, seed):
        facts = stated[chance.choice(KINDS)]
        drawn = number(chance)
        earned = {
            each: Decimal(chance.randint(1, 59)) / 4
            for each in ("cme", "abim", "abp")
            if getattr(facts, each)
        }
        credentials = chance.choice(CREDENTIALS)
        yield replace(numbered(facts, drawn), name=name, credentials=credentials, **earned)  # type: ignore[arg-type]
