"""Letters after a name: which of them name a physician, and which a part of a name can be told by.

AMA PRA Category 1 Credit and points of the American boards are for physicians; others may have a certificate
of participation (AMA PRA Credit System; ACCME). A physician has a degree that licenses for medicine: MD, DO,
or what medical schools elsewhere give, as the World Directory of Medical Schools (wdoms.org) lists it for
each school.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Folded: no case, accents, dots or blanks. Fellowships and memberships stand here where only a physician
# can have them.
_PHYSICIAN = frozenset(
    (
        "md", "do", "mdcm", "mdphd", "dophd", "mdms", "drmed", "drmeduniv", "ddrmed", "drmedsc", "drmedsci",
        "mbbs", "mbchb", "mbbch", "mbbchir", "mbbchbao", "mbbao", "mbchbbao", "bmbs", "bmbch", "bmed",
        "bmedicine", "bmedmd", "mbbsmd", "mbchbmd", "mmed", "mmbs", "lrcp", "lrcpi", "lrcps", "lmssa",
        "lmcc", "mudr", "mddr", "mvdrmudr", "lek", "lekmed", "lekarz", "arzt", "arztin", "laege", "lege",
        "lakare", "candmed", "candmedetchir", "medico", "medica", "medicocirujano", "medicacirujana",
        "medicocirurgiao", "medicochirurgo", "medicosurgeon", "licmed", "licmedycir", "dottoreinmedicina",
        "medicoespecialista", "mcphysician", "physician", "vrach", "врач", "доктормедицины", "ιατρος",
        "tipdoktoru", "uzmdr", "opdr", "docteurenmedecine", "medecin", "frcp", "frcpc", "frcpch", "frcpe",
        "frcpi", "frcpath", "frcpsych", "frcr", "frcs", "frcsc", "frcog", "frca", "frcgp", "fracp",
        "fracgp", "fracs", "franzcp", "mrcp", "mrcpuk", "mrcpch", "mrcgp", "mrcs", "mrcog", "mrcpsych",
        "facp", "macp", "facs", "faap", "faafp", "facc", "faccp", "facog", "facep", "faaos", "facoi",
        "facoep", "faco", "facro", "fcps", "dnb", "dmrheumatology",
    )
)  # fmt: skip
# Besides these: letters of other professions and degrees that exports put after names.
_OTHERS = frozenset(
    (
        "phd", "dphil", "pharmd", "rph", "bpharm", "rn", "bsn", "msn", "dnp", "aprn", "arnp", "crnp", "np",
        "npc", "anp", "fnp", "cnp", "pnp", "cpnp", "agnp", "acnp", "fnpbc", "fnpc", "agpcnpbc", "cns",
        "lpn", "lvn", "cnm", "crna", "rnc", "rnbc", "pa", "pac", "mpas", "mspas", "dmsc", "ma", "ms", "msc",
        "bs", "bsc", "ba", "mba", "mha", "mhs", "mph", "drph", "msph", "mhsc", "mscr", "msci", "msce",
        "med", "edd", "edm", "psyd", "scd", "dsc", "dpt", "pt", "mpt", "ot", "otr", "otrl", "otd", "rd",
        "rdn", "ld", "lcsw", "msw", "lmsw", "dds", "dmd", "dvm", "dpm", "dc", "od", "nd", "aud", "jd",
        "llm", "facr", "macr", "rhmsus", "ccd", "cde", "cdces", "ccrc", "ccrp", "crc", "cpht", "bcps",
        "bcacp", "csp", "faan", "faanp", "fccp", "cma", "mls", "cpi", "cmpe", "mbe", "mphil", "mt", "rt",
        "rtr", "cdt", "cht", "atc", "crni", "onc", "ocn", "ccrn", "cne", "faha", "fismrm", "fasn", "mlis",
        "cphq", "chcp",
    )
)  # fmt: skip
_LETTERS = _PHYSICIAN | _OTHERS
# Letters that are given names as well, where a name is all in capitals.
_NAMES_TOO = frozenset(("do", "ma", "pa", "ba", "an", "med", "jd", "ed", "cde"))
_LEARNING = re.compile(r"student|candidate|cand\.?\b|\bpre-?m|assistant|\(c\)", re.IGNORECASE)
_MIXED = re.compile(r"[A-Z][A-Za-z.]*[A-Z.][A-Za-z.]*(?:[-/][A-Za-z]+)*\Z|[A-Z]{2,}(?:[-/][A-Z]+)*\Z")


@lru_cache(10_000)
def is_physician(credentials: str) -> bool:
    """Whether one of the letters is a physician's degree. Not while it is studied for: `MD candidate`."""
    parts = [part for part in re.split(r"[,;|&+]| and ", credentials) if not _LEARNING.search(part)]
    text = " ".join(re.sub(r"\([^)]*\)", " ", part) for part in parts)
    words = [word for word in re.split(r"[\W_]+", _folded(text)) if word]
    for length in (1, 2, 3, 4):
        for at in range(len(words) - length + 1):
            if "".join(words[at : at + length]) in _PHYSICIAN:
                return True
    return False


def are_credentials(text: str) -> bool:
    """Whether a part of a name is letters after it: `MD`, `Ph.D.`, `FNP-BC`, `MD PhD`; never `Do` or `Ma`."""
    words = text.split()
    return bool(words) and all(_MIXED.match(word) and _is_known(word) for word in words)


def may_be_a_name(text: str) -> bool:
    """Whether letters after a name, all capitals, could be a given name: `DO`."""
    return _folded(text) in _NAMES_TOO


def _is_known(word: str) -> bool:
    whole, parts = re.sub(r"[\-/]", "", _folded(word)), re.split(r"[\-/]", _folded(word))
    return whole in _LETTERS or all(part in _LETTERS or part in ("c", "bc", "l") for part in parts)


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold().replace("æ", "ae").replace("ø", "o"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign) and sign not in ".’'®™*")
