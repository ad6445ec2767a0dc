"""How long a device signs, in words for the plan."""

from __future__ import annotations

from pipeline.rules.text import counted

SHORT = 0.01  # seconds: a device of software, or an HSM
LONG = 90  # minutes from which on hours are told


def device_words(device: str, seconds: float, certificates: int) -> str:
    """What a device of this label takes for so many, after one that took so many seconds."""
    minutes = seconds * certificates / 60
    if minutes < 1:
        all_of_them = "less than a minute"
    elif minutes < LONG:
        all_of_them = f"about {counted(round(minutes), 'minute')}"
    else:
        all_of_them = f"about {minutes / 60:.1f} hours"
    one = f"{seconds:.2g} s" if seconds >= SHORT else f"less than {SHORT} s"
    many = counted(certificates, "signature")
    return f'the device "{device}" takes {one} for a signature, and {all_of_them} for {many}'
