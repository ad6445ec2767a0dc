"""One family of errors: a sentence for the person and a hint what to do next. Everything else is a bug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class CertsError(Exception):
    """The program could not do it. `message` says what and where; `hint` says what next."""

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class StoppedError(CertsError):
    """Nothing was done: something may cost somebody a credit, a certificate or privacy, and must be accepted.

    `stops`: for each its name, file, rows and text.
    """

    exit_status = 5

    def __init__(self, stops: Sequence[Mapping[str, object]]) -> None:
        names = ",".join(dict.fromkeys(str(stop["name"]) for stop in stops))
        super().__init__(
            "\n".join(str(stop["text"]) for stop in stops),
            f"Nothing was done. If it is right all the same, add: --accept {names}",
        )
        self.stops = stops


class SettingsError(CertsError):
    """A setting is missing, malformed or unsafe."""


class CatalogError(CertsError):
    """An activity's file cannot be used."""


class IntakeError(CertsError):
    """A claims file cannot be understood at all; nothing of it was used."""


class DocumentError(CertsError):
    """The design of a certificate cannot be rendered: concerns every certificate, not one person's."""


class LedgerError(CertsError):
    """The ledger cannot be read or written."""


class VaultError(CertsError):
    """The vault lacks a file, or holds one that changed."""


class ClusterError(CertsError):
    """The cluster that should render cannot be reached, has no workers, or would make other certificates."""


class SealError(CertsError):
    """A key cannot be used, or a certificate cannot be sealed."""


class SignerLostError(SealError):
    """What signs cannot be reached any more: concerns every certificate, not the one that it came up with."""


class SiteError(CertsError):
    """Pelican could not build the site."""


class PublishError(CertsError):
    """The web host was not updated, or the proof that it was did not come."""


class EmptyHostError(PublishError):
    """A part of the site was to be published where the site itself is not yet."""

    def __init__(self, target: str) -> None:
        super().__init__(f"{target} holds no site yet.", "Publish all of it first: certs publish")


class MailError(CertsError):
    """Mail cannot be sent at all (settings, server); one message's failure is an outcome, not an error."""


class LockedError(CertsError):
    """Another run holds the lock."""

    exit_status = 4
