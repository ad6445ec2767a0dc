"""Settings: where they come from, what they may be, and places where private data must never lie."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from dotenv import dotenv_values

from pipeline.errors import SettingsError
from pipeline.settings import Settings, load_settings, near_names, wrong_settings
from tests.support.college import HERE

EXAMPLE = HERE / ".env.example"
NAMES = [field.name for field in fields(Settings) if field.name != "root"]
# The contract's settings and their defaults; those it does not name are ours to change.
DEFAULTS = {
    "output_dir": "output", "data_dir": "var", "site_url": "http://localhost:8000",
    "timezone": "America/New_York", "paper": "letter", "publish_to": "", "smtp_host": "", "smtp_port": 587,
    "smtp_user": "", "smtp_password": "", "smtp_tls": "starttls",
    "mail_from": "ACR Office of Education <education@rheumatology.org>",
    "mail_reply_to": "education@rheumatology.org", "mail_workers": 4, "mail_rate": 0, "signatory_name": "",
    "signatory_title": "", "signature_image": None, "logo_image": None, "reopen_days": 30,
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty project."""
    root = tmp_path / "project"
    for folder in ("content", "theme", "pipeline"):
        (root / folder).mkdir(parents=True)
    (root / "pelicanconf.py").touch()
    return root


def load(root: Path, **environment: str) -> Settings:
    return load_settings(root, environment)


def refusal(root: Path, **environment: str) -> str:
    """The sentence with which these are refused; a hint comes with it."""
    with pytest.raises(SettingsError) as caught:
        load(root, **environment)
    assert caught.value.hint
    return caught.value.message


def test_defaults_are_the_contracts(root: Path) -> None:
    """Without .env and environment."""
    settings = load(root)
    found = {name: getattr(settings, name) for name in DEFAULTS}
    assert found == {**DEFAULTS, "output_dir": root / "output", "data_dir": root / "var"}
    assert (settings.content, settings.theme) == (root / "content", root / "theme")


def test_the_environment_wins_over_the_file(root: Path) -> None:
    """Even where it says nothing: an empty value in either means the default."""
    (root / ".env").write_text(
        "PAPER=a4\nREOPEN_DAYS=10\nMAIL_WORKERS=\nSMTP_HOST='mx.example'\nSMTP_USER=me\n"
    )
    settings = load(root, REOPEN_DAYS="20", SMTP_USER="")
    assert (settings.paper, settings.reopen_days, settings.smtp_host) == ("a4", 20, "mx.example")
    assert (settings.mail_workers, settings.smtp_user) == (4, "")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PAPER", "A4", "a4"),
        ("SMTP_TLS", "TLS", "tls"),
        ("SITE_URL", "https://certs.example.org/", "https://certs.example.org"),
        ("SITE_URL", "https://example.org/certs/", "https://example.org/certs"),
        ("SITE_URL", "HTTPS://Certs.Example.ORG:8443/ACR/", "https://certs.example.org:8443/ACR"),
        ("SITE_URL", "Https://User@Example.ORG", "https://User@example.org"),
        ("MAIL_RATE", "2.5", 2.5),
        ("TIMEZONE", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("PUBLISH_TO", " web@host:/srv/certs ", "web@host:/srv/certs"),
        ("PUBLISH_TO", "s3://bucket.one/a/b/", "s3://bucket.one/a/b"),
        ("PUBLISH_TO", "az://$web", "az://$web"),
        ("PUBLISH_STYLE", "Virtual", "virtual"),
        ("PUBLISH_PURGE", "/bin/cat --zone 'one two'", ("/bin/cat", "--zone", "one two")),
    ],
)
def test_values_are_read(root: Path, name: str, text: str, value: object) -> None:
    """In any case where there is a choice, without a final slash, without space around."""
    assert getattr(load(root, **{name: text}), name.lower()) == value


IMPOSSIBLE = """
PAPER=legal SMTP_TLS=ssl SMTP_PORT=many SMTP_PORT=0 SMTP_PORT=65536 MAIL_WORKERS=0 MAIL_WORKERS=2.5
MAIL_RATE=-1 MAIL_RATE=nan MAIL_RATE=inf MAIL_PER_CONNECTION=0 RESEND_LIMIT=-1 RESEND_LIMIT=99999999999
REOPEN_DAYS=-30 REOPEN_DAYS=99999999 TIMEZONE=Mars/Olympus TIMEZONE=../etc/passwd SITE_URL=certs.example.org
SITE_URL=ftp://example.org SITE_URL=https://example.org/?q=1 SITE_URL=https://example.org:port
SITE_URL=https://[::1 SIGNATURE_IMAGE=none.png LOGO_IMAGE=content NAMESERVER=dns.example
NAMESERVER=9.9.9.9:port PUBLISH_TO=s3://Bucket PUBLISH_TO=s3:// PUBLISH_TO=s4://bucket PUBLISH_TO=s3://bucket/../x
PUBLISH_TO=gs://bucket//x
PUBLISH_TO=s3:/bucket PUBLISH_STYLE=both PUBLISH_ENDPOINT=r2.example PUBLISH_KEY_FILE=none.json
PUBLISH_PURGE=no-such-program
"""


@pytest.mark.parametrize("setting", IMPOSSIBLE.split())
def test_what_cannot_be_is_refused_by_name(root: Path, setting: str) -> None:
    """One sentence that names the setting, and what to write."""
    name, _, text = setting.partition("=")
    said = refusal(root, **{name: text})
    assert name in said
    assert text in said


IN_ONE_ANOTHER = {
    "DATA_DIR": "content content/private content/../content/x theme/static/data output output/private "
    ". .. link link/private /",
    "OUTPUT_DIR": ". .. content theme/static link var/public /",
}


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in IN_ONE_ANOTHER.items() for path in paths.split()]
)
def test_private_and_public_never_lie_in_one_another(root: Path, name: str, path: str) -> None:
    """Whichever way round, and through a link."""
    (root / "link").symlink_to(root / "content")
    said = refusal(root, **{name: path})
    assert said.startswith(("DATA_DIR", "OUTPUT_DIR"))
    assert str((root / path).resolve()) in said


def test_a_public_folder_that_is_a_link(root: Path) -> None:
    """Where theme/ or content/ lies elsewhere, DATA_DIR may not lie there either."""
    elsewhere = root.parent / "designs"
    elsewhere.mkdir()
    (root / "theme").rmdir()
    (root / "theme").symlink_to(elsewhere)
    assert "DATA_DIR" in refusal(root, DATA_DIR=str(elsewhere / "data"))
    assert load(root, DATA_DIR=str(root.parent / "data")).data_dir == root.parent / "data"


@pytest.mark.parametrize("name", ["SMTP_PASSWORD", "REQUESTS_PASSWORD", "PUBLISH_SECRET"])
def test_every_password_is_secret(root: Path, name: str) -> None:
    """Neither by itself nor in the settings does it print."""
    settings = load(root, **{name: "hunter2"})
    password = getattr(settings, name.lower())
    assert password == "hunter2"
    assert "hunter2" not in f"{password!r}"
    assert "hunter2" not in repr(settings)


def test_all_that_is_wrong_is_named(root: Path) -> None:
    """A name that is no setting, and each value: who mends them need not start again for each."""
    assert wrong_settings(root, {}) == []
    (root / ".env").write_text("MAIL_DAYS=5\nSMTP_PORT=many\n")
    found = [error.message for error in wrong_settings(root, {"NAMESERVER": "dns.example", "PAPER": "a5"})]
    assert len(found) == 4
    for name, message in zip(("MAIL_DAYS", "PAPER", "SMTP_PORT", "NAMESERVER"), found, strict=True):
        assert name in message
    (root / ".env").write_text("what is this\n")
    assert "line 1" in wrong_settings(root, {})[0].message


@pytest.mark.parametrize("text", ["9.9.9.9", "9.9.9.9:5353", "[2620:fe::fe]:53", "[::1]"])
def test_a_name_server_is_an_address(root: Path, text: str) -> None:
    assert load(root, NAMESERVER=text).nameserver == text


def test_not_a_project(tmp_path: Path) -> None:
    """Another folder is named as such."""
    assert str(tmp_path) in refusal(tmp_path)


def test_the_example_names_every_setting_and_loads(root: Path) -> None:
    """Each with a comment above its group; copied as it stands it gives the defaults."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert sorted(name.lower() for name in dotenv_values(EXAMPLE)) == sorted(NAMES)
    for paragraph in text.split("\n\n"):
        assert paragraph.startswith("#"), paragraph
    (root / ".env").write_text(text, encoding="utf-8")
    assert load(root) == Settings(root=root, data_dir=root / "var", output_dir=root / "output")


@pytest.mark.parametrize(
    "folder", [".", "..", "content", "content/www", "theme", "pipeline", "var", "output/www"]
)
def test_a_host_folder_never_holds_or_overwrites_the_project(root: Path, folder: str) -> None:
    """What lies in PUBLISH_TO is swept, and everybody may read it."""
    assert "PUBLISH_TO" in refusal(root, PUBLISH_TO=folder)
    assert "PUBLISH_TO" in refusal(root, PUBLISH_TO=str(root / folder))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"PUBLISH_TO": "s3://bucket", "PUBLISH_ACCOUNT": "id"}, "PUBLISH_SECRET is empty"),
        ({"PUBLISH_TO": "az://files", "PUBLISH_SECRET": "key"}, "PUBLISH_ACCOUNT is empty"),
        ({"PUBLISH_TO": "s3://bucket", "PUBLISH_KEY_FILE": "pelicanconf.py"}, "service account of Google"),
        ({"PUBLISH_TO": "gs://bucket", "PUBLISH_ACCOUNT": "id", "PUBLISH_SECRET": "key"}, "Google knows no"),
        ({"PUBLISH_PURGE": "sh -c 'curl"}, "PUBLISH_PURGE cannot be read"),
    ],
)
def test_what_does_not_go_together(root: Path, given: dict[str, str], words: str) -> None:
    assert words in refusal(root, **given)


@pytest.mark.parametrize(
    "target", ["public", "../www", "host:content", "rsync://host/module", "s3://bucket/content"]
)
def test_other_hosts_are_well(root: Path, target: str) -> None:
    assert load(root, PUBLISH_TO=target).publish_to == target


def test_a_value_stands_as_it_is_written(root: Path) -> None:
    """A password may hold what a shell would put something else for."""
    (root / ".env").write_text('SMTP_PASSWORD=a${HOME}b$c\nSMTP_USER="${SMTP_PASSWORD}"\n')
    settings = load(root)
    assert str(settings.smtp_password) == "a${HOME}b$c"
    assert settings.smtp_user == "${SMTP_PASSWORD}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SMTP_HOTS=mx.example.org", ".env: SMTP_HOTS is no setting; did you mean SMTP_HOST?"),
        ("SMTP_PROT=25", "did you mean SMTP_PORT?"),
        ("smtp_host=mx.example.org", "did you mean SMTP_HOST?"),
        ("COLOUR=red", ".env: COLOUR is no setting."),
        ("export PAPPER=a4", "did you mean PAPER?"),
        ("SMTP_HOTS", "did you mean SMTP_HOST?"),
        ("SMTP_HOST: mx.example.org", ".env: line 2, which begins with SMTP_HOST, is no setting"),
        ("SMTP HOST=mx.example.org", "is no setting"),
        ("SMTP_PASSWORD='hunter2", "begins with SMTP_PASSWORD, is"),
        ("CERTS_ACTOR=ana", "CERTS_ACTOR stands in .env, where nothing reads it"),
    ],
)
def test_a_misspelt_name_in_the_file_is_refused(root: Path, line: str, words: str) -> None:
    """It would leave the default in place in silence: mail would go into a folder."""
    (root / ".env").write_text(f"PAPER=a4\n{line}\n")
    said = refusal(root)
    assert words in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SMTP_HOTS", "SMTP_HOST"),
        ("SMTP_PROT", "SMTP_PORT"),
        ("Smtp_Host", "SMTP_HOST"),
        ("SITEURL", "SITE_URL"),
    ],
)
def test_a_name_in_the_environment_that_is_nearly_a_setting(root: Path, name: str, near: str) -> None:
    """Others' variables are none of ours; one a slip away is said, and refuses nothing."""
    others = ("PATH", "PAGER", "PAPERS", "LANG", "DATABASE_URL", "SMTP", "MAIL", "TZ", "XDG_DATA_DIRS")
    assert near_names((*others, "SMTP_HOST", name)) == [
        f"the environment has {name}, which is no setting; did you mean {near}?"
    ]
    assert load(root, **{name: "x"}) == load(root)


def test_the_file_as_editors_save_it(root: Path) -> None:
    """A mark at its start is none of the first name; another encoding is said."""
    (root / ".env").write_bytes(b"\xef\xbb\xbfPAPER=a4\r\n# a comment\r\n\r\n")
    assert load(root).paper == "a4"
    (root / ".env").write_bytes("SIGNATORY_NAME=José".encode("latin-1"))
    assert ".env cannot be read" in refusal(root)
