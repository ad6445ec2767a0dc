"""The states and territories of the United States that license physicians: names and postal codes (USPS)."""

from __future__ import annotations

_LIST = (
    "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, "
    "DE Delaware, DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, "
    "IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, "
    "MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, "
    "MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, "
    "NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, "
    "PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, "
    "UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming, "
    "AS American Samoa, GU Guam, MP Northern Mariana Islands, PR Puerto Rico, VI Virgin Islands"
)
STATES = {part[:2]: part[3:] for part in _LIST.split(", ")}  # name by code
_NAMES = {folded: name for code, name in STATES.items() for folded in (code.casefold(), name.casefold())}


def state_name(text: str) -> str:
    """The full name of a state, of its name or code in any case; empty for anything else."""
    return _NAMES.get(text.strip().casefold(), "")


def state_code(name: str) -> str:
    """The postal code of a state's full name."""
    return next((code for code, one in STATES.items() if one == name), "")
