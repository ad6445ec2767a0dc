"""What the settings say of mail: may it go, where does it go without a server, what should staff know.

Apart from what sends it, so that looking at the state of things does not load that.
"""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import urlsplit

from pipeline.errors import SettingsError
from pipeline.workflow.project import Project

OUTBOX = "outbox"  # of DATA_DIR


def check_mailable(project: Project) -> None:
    """Real mail with links that nobody can open, or that anybody can read on the way, is refused."""
    settings = project.settings
    open_to_all = settings.site_url.startswith("https:") and not settings.site_is_local
    if settings.smtp_host and not open_to_all:
        raise SettingsError(
            f"Mail is not sent while SITE_URL is {settings.site_url}: the links in it would not work.",
            "Write the site's public https address in .env, or leave SMTP_HOST empty to mail into a folder.",
        )


def mail_cautions(project: Project) -> list[str]:
    """What staff should know of their settings before they mail."""
    settings = project.settings
    host = urlsplit(settings.site_url).hostname or ""
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2].casefold()
    if settings.site_is_local or not domain or host == domain or host.endswith(f".{domain}"):
        return []
    return [
        f"links in mails lead to {host}, which is not under {domain}, where the mail comes from: filters and "
        f"careful people take that for phishing. A site such as certificates.{domain} helps: SITE_URL"
    ]


def folder_of_mail(project: Project) -> str:
    """Where mail is written as no mail server is set; empty where one is."""
    return "" if project.settings.smtp_host else outbox_name(project)


def outbox_name(project: Project) -> str:
    """The folder of mail that was not sent, as staff find it from the project's folder."""
    settings = project.settings
    outbox = settings.data_dir / OUTBOX
    return str(outbox.relative_to(settings.root) if outbox.is_relative_to(settings.root) else outbox)
