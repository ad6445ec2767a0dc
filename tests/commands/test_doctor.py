"""certs doctor: in a healthy world it finds no fault; what is spoilt it names, and nothing besides."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.publish import Proof
from tests.conftest import without_paper
from tests.support.college import College
from tests.support.outside import DOMAIN, OFFERS, RELAY, SITE, Outside, outside, server_context
from tests.support.shell import digest

pytestmark = pytest.mark.starts

TODAY = dt.datetime.now(ZoneInfo("America/New_York")).date()  # servers state the true time
CLAIM = f"course,L1,p1@example.org,Person One,MD,yes,{TODAY - dt.timedelta(days=20)},5,,,"
SPF, DMARC, MX = (DOMAIN, "TXT"), (f"_dmarc.{DOMAIN}", "TXT"), (DOMAIN, "MX")


@dataclass
class World:
    """A college before a meeting, and the world around it."""

    college: College
    outside: Outside
    host: Path
    more: dict[str, str] = field(default_factory=dict)  # settings that a test changes

    def certs(self, *words: object) -> Result:
        env = {**self.outside.environment, "PUBLISH_TO": str(self.host), **self.more}
        return CliRunner().invoke(main, [str(word) for word in words], env=env, prog_name="certs")

    def checks(self, *words: object) -> list[dict[str, Any]]:
        """What doctor finds; its exit status must fit that."""
        result = self.certs("doctor", "--json", *words)
        checks: list[dict[str, Any]] = json.loads(result.stdout)
        assert result.exit_code == (0 if all(one["ok"] for one in checks) else 3), result.output
        return checks

    def faults(self, *words: object) -> dict[str, str]:
        """The text of each fault, by its name; each says what to do."""
        found = [one for one in self.checks(*words) if not one["ok"]]
        assert all(one["hint"] for one in found)
        return {one["name"]: one["text"] for one in found}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Somebody's pages are published; a backup is made; the message waits."""
    folder = tmp_path_factory.mktemp("doctor")
    with outside(folder) as around, pytest.MonkeyPatch.context() as patch:
        without_paper(patch)
        for name in ("prove_live", "prove_gone"):
            patch.setattr(f"pipeline.publish.{name}", lambda *_, **__: Proof(0, []))
        college = College(folder)
        world = World(college, around, folder / "host")
        around.restore(world.host / "current")
        college.environment = {**around.environment, "PUBLISH_TO": str(world.host)}
        college.take(CLAIM, today=TODAY, send=False)
        patch.chdir(college.root)
        assert world.certs("backup", folder / "backup.tar").exit_code == 0
        yield world


@pytest.fixture
def world(built: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """All is well."""
    built.outside.restore(built.host / "current")
    built.more = {}
    monkeypatch.chdir(built.college.root)
    (built.college.root / ".env").unlink(missing_ok=True)
    return built


def test_a_healthy_world_has_no_fault(world: World) -> None:
    """All is looked at but a mail as it arrives; nothing is changed, nothing sent, and no link is told."""
    before = digest(world.college.root), digest(world.host)
    checks = world.checks()
    assert [one for one in checks if not one["ok"]] == []
    assert [one["name"] for one in checks if one["text"].startswith("not checked")] == ["mail"]
    assert all(set(one) == {"name", "ok", "text", "hint"} for one in checks)
    assert (digest(world.college.root), digest(world.host)) == before
    assert world.outside.relay.accepted == []
    (token,) = [path.name for path in (world.college.output / "c").iterdir()]
    assert token not in str(checks)


Plant = Callable[[World], object]


def records(question: tuple[str, str], *texts: str) -> Plant:
    return lambda world: world.outside.names.records.update({question: list(texts)})


def manner(**changed: Any) -> Plant:
    return lambda world: vars(world.outside.web.manner).update(changed)


def relay(**changed: Any) -> Plant:
    return lambda world: vars(world.outside.relay).update(changed)


def setting(**changed: str) -> Plant:
    return lambda world: world.more.update(changed)


def expiring(world: World) -> None:
    world.outside.relay.starttls = server_context(world.outside.authority, RELAY, days=3)


def of_another(world: World) -> None:
    world.outside.relay.starttls = server_context(world.outside.authority, "other.example")


def readable(world: World) -> None:
    path = world.college.root / ".env"
    path.write_text("SMTP_PASSWORD=open sesame\n")
    path.chmod(0o644)


def many_includes(world: World) -> None:
    names = [f"s{at}.example" for at in range(11)]
    records(SPF, f"v=spf1 {' '.join(f'include:{name}' for name in names)} ~all")(world)
    for name in names:
        records((name, "TXT"), "v=spf1 ip4:192.0.2.1 -all")(world)


FAULTS: list[tuple[str, Plant, str]] = [
    ("spf", records(SPF, "v=spf1 a ~all", "v=spf1 mx ~all"), "2 SPF records"),
    ("spf", records(SPF, "nothing of the kind"), "no SPF record"),
    ("spf", many_includes, "needs 11 look-ups"),
    ("dmarc", records(DMARC), "no DMARC record"),
    ("mx", records(MX, "0 ."), "takes no mail at all"),
    ("mx", setting(MAIL_REPLY_TO=f"office@gone.{DOMAIN}"), f"gone.{DOMAIN} (MAIL_REPLY_TO) cannot arrive"),
    ("relay", relay(script=lambda moment: "421 4.3.2 busy" if moment.verb == "CONNECT" else None), "busy"),
    ("relay-tls", relay(starttls=None), "does not offer STARTTLS"),
    ("relay-certificate", expiring, "3 more days"),
    ("relay-certificate", of_another, "not trusted"),
    ("relay-size", relay(extensions=("SIZE 20000", *OFFERS[1:])), "20,000 bytes"),
    ("relay-smtputf8", relay(extensions=[one for one in OFFERS if one != "SMTPUTF8"]), "SMTPUTF8"),
    ("relay-login", setting(SMTP_PASSWORD="wrong"), "535 5.7.8 wrong password"),
    ("relay-login", relay(users=None), "no way to log in"),
    (
        "web-headers",
        manner(lacks=frozenset({"Cache-Control", "Referrer-Policy"})),
        "Referrer-Policy and Cache-",
    ),
    ("web-pdf", manner(pdfs_are="text/html"), "text/html"),
    ("web-ranges", manner(gives_parts=False), "whole"),
    ("web-listing", manner(shows=frozenset({"/c/"})), "c/"),
    ("web-hidden", manner(shows=frozenset({"/_headers"})), "_headers"),
    ("web-compression", manner(packs=False), "unpacked"),
    ("web-host", manner(root=Path("/nowhere")), "404"),
    ("clock", manner(ahead=dt.timedelta(hours=3)), "3 hours"),
    ("site-domain", setting(MAIL_FROM="office@society.example"), "phishing"),
    ("passwords", readable, "SMTP_PASSWORD"),
    ("publish-to", setting(PUBLISH_TO="/dev/null/host"), "/dev/null"),
    ("settings", setting(SMTP_USER="", MAIL_DAY="5"), "SMTP_USER is empty"),
    ("settings", setting(MAIL_DAY="many"), "MAIL_DAY"),
]


@pytest.mark.parametrize(("name", "plant", "words"), FAULTS, ids=[f"{one[0]}: {one[2]}" for one in FAULTS])
def test_each_thing_that_is_spoilt_is_named(world: World, name: str, plant: Plant, words: str) -> None:
    if name == "site-domain":  # mail comes from another society that is in order
        for (known, kind), texts in list(world.outside.names.records.items()):
            records((known.replace(DOMAIN, "society.example"), kind), *texts)(world)
    plant(world)
    found = world.faults()
    if name == "web-host":
        found.pop("web-headers")  # with the site its private pages are gone, and their PDFs
    if name in ("web-host", "web-headers"):
        found.pop("web-pdf")
    assert list(found) == [name]
    assert words in found[name]


def test_many_faults_at_once_are_all_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fourteen and more, one of each kind that does not hide another; in much less than ten seconds."""
    planted = [
        many_includes, records(DMARC), records(MX, "0 ."), expiring, readable,
        relay(extensions=("SIZE 20000", "8BITMIME")), setting(SMTP_PASSWORD="wrong", MAIL_RETRY_FIRST="300"),
        manner(lacks=frozenset({"Cache-Control"}), shows=frozenset({"/c/", "/_headers"}), packs=False,
               ahead=dt.timedelta(hours=3)),
    ]  # fmt: skip
    for plant in planted:
        plant(world)
    world.more["PUBLISH_TO"] = str(world.host)
    monkeypatch.setattr(
        "pipeline.workflow.doctor.shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000)
    )
    monkeypatch.setattr("pipeline.documents.missing_fonts", lambda: ["Noto Serif Tibetan (fonts-noto-core)"])
    monkeypatch.setattr("pipeline.workflow.doctor.caution_of", lambda _: "no backup is younger than a month")
    begun = time.monotonic()
    found = world.faults()
    assert set(found) == {
        "settings", "passwords", "spf", "dmarc", "mx", "relay-certificate", "relay-size", "relay-smtputf8",
        "relay-login", "web-headers", "web-pdf", "web-listing", "web-hidden", "web-compression", "clock",
        "disk", "fonts", "backup",
    }  # fmt: skip
    assert time.monotonic() - begun < 10


def test_a_world_that_does_not_answer_takes_less_than_ten_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that says nothing, a relay and a web host that take the connection and are silent."""
    monkeypatch.setattr("pipeline.nameserver.SECONDS", 0.2)
    for edge in ("mail.relay", "publish.visit"):
        monkeypatch.setattr(f"pipeline.{edge}.SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        world.outside.names.is_silent = True
        world.more |= {"SMTP_PORT": str(port), "SITE_URL": f"https://{SITE}:{port}"}
        found = world.faults()
    assert set(found) == {"spf", "dmarc", "mx", "relay", "web-host"}
    assert "no answer" in found["spf"]
    assert "no answer" in found["relay"]


def test_what_hangs_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that no limit of its own ends is told as a fault; the others are there."""
    release = threading.Event()
    monkeypatch.setattr("pipeline.workflow.doctor.SECONDS", 0.3)
    monkeypatch.setattr("pipeline.publish.look_at_web", lambda *_: release.wait(20))
    found = world.faults()
    release.set()
    assert "nothing was found out within 0.3 seconds" in found["web-host"]


def test_without_relay_and_public_site_there_is_little_to_check(world: World) -> None:
    """That is no fault: so it is while all is set up."""
    world.more = {"SMTP_HOST": "", "SMTP_USER": "", "SMTP_PASSWORD": "", "SITE_URL": "http://localhost:8000"}
    world.more["PUBLISH_TO"] = ""
    left = [one["name"] for one in world.checks() if one["text"].startswith("not checked")]
    assert left == ["mail-day", "relay", "mail", "web-host", "site-domain", "publish-to", "clock"]


def test_the_terminal_has_a_line_a_check_and_a_sum(world: World) -> None:
    records(DMARC)(world)
    said = world.certs("doctor").stdout
    assert "\nDNS\n  ✓ " in said
    assert re.search(r"  ✗ acr\.example has no DMARC record.*\n      Publish a TXT record at _dmarc", said)
    assert "  – mail: not checked: --mail ADDRESS" in said
    assert re.search(r"\n\d+ checks: 1 fault, 1 not checked\n$", said)


RESULTS = "Authentication-Results: mx.example; spf=pass; dkim={}; dmarc=pass\r\n"


@pytest.mark.parametrize(("dkim", "faults"), [("pass", set()), ("none", {"dkim-seen"})])
def test_a_test_mail_is_read_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dkim: str, faults: set[str]
) -> None:
    """It is found among others by its subject, after a while; the mailbox is not changed."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1").write_bytes(b"Subject: something else\r\n\r\nHello.\r\n")

    def arrive(_seconds: float) -> None:
        (sent,) = world.outside.relay.accepted
        (tmp_path / "box" / "new" / "2").write_bytes(RESULTS.format(dkim).encode() + sent.data)

    monkeypatch.setattr("pipeline.workflow.read_back.time.sleep", arrive)
    found = world.faults("--mail", "me@acr.example", "--mailbox", tmp_path / "box")
    assert set(found) == faults
    (sent,) = world.outside.relay.accepted
    assert sent.recipient == "me@acr.example"
    assert sent.sender == f"education@{DOMAIN}"
    assert b"/c/" not in sent.data


def test_a_test_mail_that_does_not_arrive_is_told(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("pipeline.workflow.read_back.PAUSE", 10)
    found = world.faults("--mail", "me@acr.example", "--mailbox", tmp_path, "--wait", 1)
    assert list(found) == ["mail"]
    assert "did not arrive" in found["mail"]


def test_a_relay_that_refuses_the_test_mail_is_told(world: World) -> None:
    refuse = {"MAIL": "550 5.7.26 not authenticated"}
    world.outside.relay.script = lambda moment: refuse.get(moment.verb)
    found = world.faults("--mail", "me@acr.example")
    assert "550 5.7.26 not authenticated" in found["mail"]
    assert world.certs("doctor", "--mailbox", "box").exit_code == 2


def test_a_folder_that_is_not_there_yet_has_the_room_of_where_it_will_be(world: World) -> None:
    world.more["OUTPUT_DIR"] = str(world.college.root / "not" / "yet")
    assert "disk" not in world.faults()
