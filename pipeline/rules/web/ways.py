"""Ways that lead out of our pages: to the college's own, to LinkedIn, into a mail to the office.

Each is a plain link, of which nobody learns before it is followed; none holds a private page's address.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlencode

from markupsafe import escape

from pipeline.rules.certificates import statements
from pipeline.rules.certificates.awards import Facts
from pipeline.rules.places import verification_address

# What `certs requests` answers: it asks for the link, and for nothing that takes a person.
ASKING = ("Please send me the link to my certificates", "Please send me the link to my certificates.")
_LED = re.compile(r'<a href="(education-center|college):"[^>]*>(.*?)</a>', re.DOTALL)


def asking_mail(address: str) -> str:
    """The address of a mail that asks the office for the link (RFC 6068)."""
    subject, body = map(quote, ASKING)
    return f"mailto:{quote(address, safe='@')}?subject={subject}&body={body}"


def linkedin(facts: Facts, site_url: str, organization: int) -> str:
    """The address at which LinkedIn adds a certificate to whoever is logged in there.

    `organization`: the provider's number at LinkedIn; 0: its name is given instead. LinkedIn documents these
    fields for providers of certificates ("Add to Profile").
    """
    own = {"certUrl": verification_address(site_url, facts.number), "certId": facts.number}
    issued = facts.issued_on
    common = _common_fields(f"{facts.kind.label}: {facts.title}", organization, issued.year, issued.month)
    return f"https://www.linkedin.com/profile/add?{common}&{urlencode(own, safe='/:')}"


@lru_cache(maxsize=256)
def _common_fields(name: str, organization: int, year: int, month: int) -> str:
    """What all certificates of a kind and an activity give."""
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": name,
        **({"organizationId": organization} if organization else {"organizationName": statements.PROVIDER}),
        "issueYear": year,
        "issueMonth": month,
    }
    return urlencode(fields, safe="/:")


def led(html: str, education_center: str, college: str) -> str:
    """A text of content/ with its links to `education-center:` and `college:` led to those addresses; where
    one is not set, its words stand without a link."""
    addresses = {"education-center": education_center, "college": college}

    def lead(match: re.Match[str]) -> str:
        address = addresses[match[1]]
        return f'<a href="{escape(address)}">{match[2]}</a>' if address else match[2]

    return _LED.sub(lead, html)
