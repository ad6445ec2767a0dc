"""A publish brings the host to what output/ holds, whatever state it was killed in, and removes nothing that
the ledger does not explain. Each promise holds for a folder, an rsync daemon and rsync over ssh."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pipeline import files
from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import compare_host, fetch, publish, read_mark, remote, rsync
from pipeline.publish import folder as folder_module
from pipeline.publish.record import HostRecord
from pipeline.rules.places import CHECK_PAGE
from tests.support.killed import dies_at
from tests.support.publish_site import (
    Host,
    Site,
    daemon_host,
    folder_host,
    folders,
    rsync_daemon,
    ssh_host,
    tree,
)
from tests.support.site_people import number, token
from tests.support.wire import relay


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "output").start().person(1).person(2).person(3)


@pytest.fixture(
    params=["folder", *(pytest.param(name, marks=pytest.mark.starts) for name in ("daemon", "ssh"))]
)
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    if request.param == "folder":
        return folder_host(tmp_path)
    made, environment = {"daemon": daemon_host, "ssh": ssh_host}[request.param](tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def live(site: Site, host: Host) -> Host:
    """The host with the three on it, and on record as published."""
    publish(site.output, host.target, site.record)
    site.note()
    return host


def modes(root: Path) -> dict[str, Any]:
    """Permissions of what is published: c/ and verify/ can be entered and not listed."""
    mode = {path: path.stat().st_mode & 0o777 for path in (root, *root.rglob("*")) if path.name[0] != "."}
    homes = {name: mode.pop(root / name) for name in ("c", "verify")}
    return {
        **homes,
        "folders": {found for path, found in mode.items() if path.is_dir()},
        "files": {found for path, found in mode.items() if path.is_file()},
    }


def secretless(site: Site, error: BaseException) -> None:
    """Neither the sentence nor the whole traceback as a log would show it names a private page."""
    text = "".join(traceback.format_exception(error))
    assert not [secret for secret in site.secrets if secret in text]


class TestAnyHost:
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    def test_host_equals_output(self, site: Site, host: Host, umask: int) -> None:
        """The first publish puts everything there, readable for the web server, and counts it."""
        site.stray("c/.half-written", "never")
        (site.output / "index.html").chmod(0o600)
        before = os.umask(umask)
        try:
            changes = publish(site.output, host.target, site.record)
        finally:
            os.umask(before)
        assert tree(host.root) == tree(site.output)
        assert (changes.added, changes.changed, changes.removed) == (7 + 9, 0, ())
        assert modes(host.root) == {"c": 0o711, "verify": 0o711, "folders": {0o755}, "files": {0o644}}
        assert not (host.root / "c" / ".half-written").exists()

    def test_again_changes_nothing(self, site: Site, live: Host) -> None:
        """A second publish finds nothing to do, and no file at the host is touched."""
        before = {path: path.stat().st_ctime_ns for path in live.root.rglob("*") if path.is_file()}
        assert not publish(site.output, live.target, site.record)
        assert not publish(site.output, live.target, site.record, full=True)
        assert {path: path.stat().st_ctime_ns for path in live.root.rglob("*") if path.is_file()} == before

    def test_changes_travel(self, site: Site, live: Host) -> None:
        """A new person, a correction, an expiry and a changed style sheet: the host follows, old PDF gone."""
        site.person(4).person(2, version=2).without(1)
        site.write("theme/site.css", "body {}")
        changes = publish(site.output, live.target, site.record)
        assert tree(live.root) == tree(site.output)
        assert folders(live.root) == folders(site.output)
        assert (changes.added, changes.changed, len(changes.removed)) == (4, 3, 4)

    def test_the_public_page_among_private_ones(self, site: Site, live: Host) -> None:
        """What checks a PDF at verify/ is renewed alone; no page beside it is touched or missed."""
        site.write(CHECK_PAGE, "anew")
        changes = publish(site.output, live.target, site.record)
        assert (changes.added, changes.changed, changes.removed) == (0, 1, ())
        assert tree(live.root) == tree(site.output)
        assert modes(live.root)["verify"] == 0o711
        site.remove(CHECK_PAGE)
        assert publish(site.output, live.target, site.record, full=True).removed == (CHECK_PAGE,)
        assert tree(live.root) == tree(site.output)

    def test_last_people_go(self, site: Site, live: Host) -> None:
        """When everybody has expired not even the folders of their pages stay."""
        for index in (1, 2, 3):
            site.without(index)
        (site.output / "c").rmdir()
        publish(site.output, live.target, site.record)
        publish(site.output, live.target, site.record, full=True)
        assert tree(live.root) == tree(site.output)
        assert not [path for path in folders(live.root) if "/" in path and path[0] in "cv"]

    def test_a_host_of_former_days_is_closed(self, site: Site, live: Host) -> None:
        """Folders that everybody could list are closed, also where nothing else changes."""
        for folder in (live.root / "c", live.root / "verify"):
            folder.chmod(0o755)
        publish(site.output, live.target, site.record)
        assert {(live.root / kind).stat().st_mode & 0o777 for kind in ("c", "verify")} == {0o711}

    @pytest.mark.parametrize("full", [False, True])
    def test_what_no_build_made_is_not_sent(self, site: Site, live: Host, full: bool) -> None:
        """It stays where it is, and is told without a private path."""
        strays = [
            "activities/one/all.xlsx",
            "theme/fo[r]*ign",
            f"c/{token(4)}/list.csv",
            f"c/{token(1)}/b.tar",
        ]
        site.person(4)
        for name in strays:
            site.stray(name, "private")
        said: list[str] = []
        publish(site.output, live.target, site.record, full=full, tell=said.append)
        ours = tree(site.output)
        assert tree(live.root) == {name: data for name, data in ours.items() if name not in strays}
        assert all((site.output / name).exists() for name in strays)
        told = "\n".join(line for line in said if "not published" in line)
        assert "activities/one/all.xlsx" in told
        assert f"{1 + full} file" in told
        assert not [secret for secret in site.secrets if secret in told]

    @pytest.mark.parametrize(
        "name", ["index.html", f"c/{token(4)}/index.html", f"verify/{number(4)}/index.html"]
    )
    @pytest.mark.parametrize("full", [False, True])
    def test_what_was_altered_is_not_published(self, site: Site, live: Host, name: str, full: bool) -> None:
        """A page in output/ that is not as the build wrote it, whatever its size and time."""
        site.person(4)
        before, page = tree(live.root), site.output / name
        times, text = page.stat(), page.read_bytes()
        page.write_bytes(text.replace(b"<p>", b"<q>"))
        os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
        with pytest.raises(PublishError, match="changed") as refused:
            publish(site.output, live.target, site.record, full=full)
        secretless(site, refused.value)
        assert tree(live.root) == before

    def test_half_written_files_go(self, site: Site, live: Host) -> None:
        """What a crashed transfer left beside a page: one that is sent again or one that goes, and beside any
        other once all is looked at; nothing else does."""
        for index in (1, 2, 3):
            (live.root / "c" / token(index) / ".certificate-v1.pdf.cqVh8e").write_text("%PDF person")
        (live.root / ".htaccess").write_text("the host's own")
        site.without(1).person(2, version=2)
        publish(site.output, live.target, site.record, full=live.root.is_symlink())
        beside = [path.parent.name for path in live.root.glob("c/*/.*")]
        assert beside == ([] if live.root.is_symlink() else [token(3)])
        site.note()
        publish(site.output, live.target, site.record, full=True)
        left = [path.name for path in live.root.rglob(".*") if path.name != remote.MARK_FILE]
        assert left == [".htaccess"] or live.root.is_symlink()  # as above
        assert not (live.root / "c" / token(1)).exists()

    def test_the_last_pages_are_gone_for_good(self, site: Site, live: Host) -> None:
        """Each removed file is named, so that the proof asks for it; then there is nothing left to do."""
        for index in (1, 2, 3):
            site.without(index)
        (site.output / "c").rmdir()
        assert len(publish(site.output, live.target, site.record).removed) == 9
        site.note()
        assert not publish(site.output, live.target, site.record)

    def test_a_page_that_is_not_on_record_as_published_goes(self, site: Site, live: Host) -> None:
        """A backup came back and knows nothing of the publish; the link was closed since."""
        site.without(1)
        closed = [f"c/{token(1)}"]
        publish(site.output, live.target, site.record_of(site.must, {}, closed=closed))
        assert not (live.root / closed[0]).exists()

    def test_every_byte_is_compared(self, site: Site, live: Host) -> None:
        """What differs, is lacking or is foreign at the host is seen, and stays."""
        assert not compare_host(site.output, live.target, site.record)
        page = live.root / "c" / token(1) / "index.html"
        times, text = page.stat(), page.read_bytes()
        page.write_bytes(text.replace(b"<p>", b"<q>"))
        os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
        (live.root / "verify" / number(2) / "index.html").unlink()
        (live.root / "c" / "evil.html").write_text("evil")
        (live.root / "evil.html").write_text("evil")
        before = tree(live.root)
        found = compare_host(site.output, live.target, site.record)
        assert (found.added, found.changed, sorted(found.removed)) == (1, 1, ["c/evil.html", "evil.html"])
        assert tree(live.root) == before

    def test_the_mark_lies_there_and_is_not_served(self, site: Site, host: Host) -> None:
        """It is left before the first file, and stays through a refusal and a full publish."""
        assert read_mark(host.target) is None
        publish(site.output, host.target, site.record, b"first")
        site.note()
        assert read_mark(host.target) == b"first"
        publish(site.output, host.target, site.record, b"other", full=True)
        assert read_mark(host.target) == b"other"
        (site.output / "index.html").unlink()
        with pytest.raises(PublishError):
            publish(site.output, host.target, site.record, b"third")
        assert read_mark(host.target) == b"other"
        (mark,) = (path for path in host.root.parent.rglob("*mark.json") if path.is_file())
        assert mark.stat().st_mode & 0o777 == 0o600
        assert not mark.is_relative_to(host.root) or mark.name.startswith(".")

    def test_a_part_of_a_site_alone_is_not_published(self, site: Site, host: Host) -> None:
        """Where nothing is yet, one person's pages would be all there is."""
        with pytest.raises(EmptyHostError):
            publish(site.output, host.target, site.record_of(site.must, {}, is_part=True))

    def test_same_size_same_second(self, site: Site, host: Host) -> None:
        """A page rewritten within the same second with the same length is published all the same."""
        page = site.output / "c" / token(1) / "index.html"
        publish(site.output, host.target, site.record)
        site.note()
        found = page.stat()
        site.write(f"c/{token(1)}/index.html", page.read_bytes().replace(b"1, 1", b"1, 7"))
        os.utime(page, ns=(found.st_atime_ns, found.st_mtime_ns + 5))
        site.must[f"c/{token(1)}"] = "7"
        publish(site.output, host.target, site.record)
        assert (host.root / "c" / token(1) / "index.html").read_bytes() == page.read_bytes()

    def test_fetch_brings_back_what_is_there(self, site: Site, host: Host, tmp_path: Path) -> None:
        """Files of the right size alone; what the host lacks, or holds otherwise, is left out."""
        publish(site.output, host.target, site.record)
        name = f"c/{token(1)}/certificate-v1.pdf"
        issued = (site.output / name).read_bytes()
        wanted = [(name, len(issued)), (f"c/{token(2)}/certificate-v1.pdf", 1), ("c/none/x.pdf", 5)]
        (tmp_path / "work").mkdir()
        assert list(fetch(host.target, wanted, tmp_path / "work")) == [issued]

    def test_full_mends_the_host(self, site: Site, live: Host) -> None:
        """What somebody changed or lost at the host is put right by a full publish, a flipped byte too."""
        pdf = live.root / "c" / token(1) / "certificate-v1.pdf"
        times = pdf.stat()
        content = pdf.read_bytes()
        pdf.unlink()
        pdf.write_bytes(content.replace(b"1", b"2"))
        os.utime(pdf, ns=(times.st_atime_ns, times.st_mtime_ns + 1000))
        (live.root / "verify" / number(2) / "index.html").unlink()
        publish(site.output, live.target, site.record, full=True)
        assert tree(live.root) == tree(site.output)

    def test_new_host_gets_everything(self, site: Site, host: Host) -> None:
        """A host that was never published to gets all pages, whatever the ledger noted of another one."""
        site.note()
        publish(site.output, host.target, site.record)
        assert tree(host.root) == tree(site.output)

    def test_the_hosts_own_files_stay(self, site: Site, live: Host) -> None:
        """What begins with a dot belongs to the host: certificates of its own, .htaccess."""
        own = live.root / ".well-known" / "acme"
        own.parent.mkdir()
        own.write_text("challenge")
        site.without(1).write("index.html", "<p>new</p>")
        publish(site.output, live.target, site.record)
        assert own.exists() or live.root.is_symlink()  # of a folder, the web server's root is not the place

    def test_what_we_show_there_is_sent_once_beside_the_hosts_own(self, site: Site, host: Host) -> None:
        """Public keys lie in .well-known/, as whoever looks for them expects."""
        site.write(".well-known/certificate-keys.json", "{}")
        publish(site.output, host.target, site.record)
        site.note()
        keys = host.root / ".well-known" / "certificate-keys.json"
        own = keys.with_name("acme")
        own.write_text("challenge")
        assert not publish(site.output, host.target, site.record)
        assert not publish(site.output, host.target, site.record, full=True)
        site.write(".well-known/certificate-keys.json", "{} ")
        publish(site.output, host.target, site.record, full=True)
        assert keys.read_text() == "{} "
        assert own.exists() or host.root.is_symlink()

    def test_unknown_page_is_refused(self, site: Site, host: Host) -> None:
        """A new or older ledger does not know the pages at the host: they stay, with the counts told, until
        somebody agrees to that very number."""
        publish(site.output, host.target, site.record)
        before = tree(host.root)
        site.note()
        site.without(1).without(2)
        stranger = site.record_of(site.must, {})
        with pytest.raises(PublishError, match=r"remove 6 files.* explain only 0") as refused:
            publish(site.output, host.target, stranger, full=True)
        secretless(site, refused.value)
        assert "--allow-removals 6" in refused.value.hint
        assert tree(host.root) == before
        with pytest.raises(PublishError):
            publish(site.output, host.target, stranger, full=True, allow=5)
        publish(site.output, host.target, stranger, full=True, allow=6)
        assert tree(host.root) == tree(site.output)

    @pytest.mark.parametrize("what", ["everything", "index.html", "a page", "a PDF", "a cut PDF"])
    def test_half_built_is_refused(self, site: Site, host: Host, what: str) -> None:
        """An output/ that was emptied or built half takes nothing from the host."""
        publish(site.output, host.target, site.record)
        before = tree(host.root)
        page = site.output / "c" / token(2)
        if what == "everything":
            site.output.rename(site.output.with_name("lost"))
            site.output.mkdir()
        elif what == "index.html":
            (site.output / "index.html").unlink()
        elif what == "a page":
            (page / "index.html").unlink()
        elif what == "a PDF":
            (page / "certificate-v1.pdf").unlink()
        else:
            (page / "certificate-v1.pdf").unlink()
            (page / "certificate-v1.pdf").write_bytes(b"%PDF")
        with pytest.raises(PublishError, match=r"lacks (1 of|index.html)|no whole site") as refused:
            publish(site.output, host.target, site.record)
        secretless(site, refused.value)
        assert tree(host.root) == before

    def test_mass_removal_of_public_files_is_refused(self, site: Site, host: Host) -> None:
        """A theme or a set of activities that was lost is not taken from the host without a question."""
        for index in range(8):
            site.write(f"theme/font-{index}.woff2", "font")
        publish(site.output, host.target, site.record)
        site.note()
        for index in range(8):
            site.remove(f"theme/font-{index}.woff2")
        with pytest.raises(PublishError, match="remove 8 files"):
            publish(site.output, host.target, site.record)
        assert (host.root / "theme" / "font-7.woff2").exists()
        publish(site.output, host.target, site.record, allow=8)
        assert tree(host.root) == tree(site.output)


class TestFolder:
    STEPS = ("_make_folder", "_copy", "_swap", "_apply")

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("call", range(8))
    def test_killed_anywhere(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, call: int
    ) -> None:
        """Killed at any step of the first or a later publish: what is served is whole, old or new; the next
        publish ends right, and nobody who was removed is left on the disk."""
        host = folder_host(tmp_path)

        def publish_killed() -> None:
            dying = dies_at(getattr(folder_module, step), call)
            with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
                patch.setattr(folder_module, step, dying)
                publish(site.output, host.target, site.record)

        publish_killed()
        assert not host.root.exists() or tree(host.root) == tree(site.output)
        publish(site.output, host.target, site.record)
        site.note()
        before = tree(host.root)
        site.person(4).person(2, version=2).without(1)
        publish_killed()
        assert tree(host.root) in (before, tree(site.output))
        publish(site.output, host.target, site.record)
        assert tree(host.root) == tree(site.output)
        left = "".join(str(path) for path in (tmp_path / "web").rglob("*"))
        assert token(1) not in left
        assert number(1) not in left

    def test_what_spoils_one_copy_spoils_one(self, site: Site, tmp_path: Path) -> None:
        """A program that writes into published files, in place, leaves output/ and the vault alone; a
        full publish puts both versions right."""
        host, name = folder_host(tmp_path), f"c/{token(1)}/certificate-v1.pdf"
        publish(site.output, host.target, site.record)
        site.note()
        site.person(4)
        publish(site.output, host.target, site.record)
        site.note()
        ours, issued = site.output / name, (site.output / name).read_bytes()
        for version in ("1", "2"):
            theirs = tmp_path / "web" / "versions" / version / name
            assert not theirs.samefile(ours)
        times = theirs.stat()
        theirs.chmod(0o644)
        with theirs.open("r+b") as file:
            file.write(b"spoilt")
        os.utime(theirs, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert ours.read_bytes() == issued
        publish(site.output, host.target, site.record, full=True)
        assert {(tmp_path / "web" / "versions" / one / name).read_bytes() for one in "12"} == {issued}

    def test_full_disk(self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A full disk is a sentence without a secret, and what was served goes on being served."""
        host = folder_host(tmp_path)
        publish(site.output, host.target, site.record)
        before = tree(host.root)
        site.note()
        site.person(4)

        def full(source: str, destination: str) -> None:
            raise OSError(28, "No space left on device", source, None, destination)

        monkeypatch.setattr(files, "clone_or_copy", full)
        with pytest.raises(PublishError, match="No space left") as refused:
            publish(site.output, host.target, site.record)
        secretless(site, refused.value)
        assert tree(host.root) == before

    def test_places_that_cannot_be(self, site: Site, tmp_path: Path) -> None:
        """Into output/ itself, around it, or over somebody's folder: refused before anything is made."""
        for place in (site.output, site.output / "web", tmp_path):
            with pytest.raises(PublishError, match="lie in one another"):
                publish(site.output, str(place), site.record)
        (tmp_path / "web" / "current").mkdir(parents=True)
        with pytest.raises(PublishError, match="is not a link"):
            publish(site.output, str(tmp_path / "web"), site.record)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "current").symlink_to("/")
        with pytest.raises(PublishError, match="did not make"):
            publish(site.output, str(tmp_path / "other"), site.record)


@pytest.mark.starts
class TestRsync:
    @pytest.fixture
    def host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
        made, environment = ssh_host(tmp_path)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return made

    def test_no_secret_on_a_command_line(
        self, site: Site, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither here nor at the other end does a command line show a private page; nobody is asked for a
        password."""
        lines: list[str] = []
        run = subprocess.run

        def noted(command: list[str], **options: Any) -> object:
            lines.append(" ".join(command))
            return run(command, **options)

        monkeypatch.setattr(subprocess, "run", noted)
        publish(site.output, host.target, site.record)
        site.note()
        site.person(4).without(1)
        publish(site.output, host.target, site.record)
        said = "\n".join(lines) + (tmp_path / "ssh.log").read_text()
        assert "BatchMode=yes" in said
        assert "missing-args" not in said.replace("--ignore-missing-args", "")  # some rsyncs break off on it
        assert not [secret for secret in [*site.secrets, token(1)] if secret in said]

    @pytest.mark.parametrize("call", range(4))
    def test_killed_anywhere(
        self, site: Site, host: Host, monkeypatch: pytest.MonkeyPatch, call: int
    ) -> None:
        """Killed between any two runs of rsync; the next publish ends right."""

        def publish_killed() -> None:
            with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
                patch.setattr(rsync.Host, "send", dies_at(rsync.Host.send, call))
                publish(site.output, host.target, site.record)

        publish_killed()
        publish(site.output, host.target, site.record)
        site.note()
        site.person(4).person(2, version=2).without(1)
        publish_killed()
        publish(site.output, host.target, site.record)
        assert tree(host.root) == tree(site.output)

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.7, 0.8, 0.9, 0.97, 0.999])
    def test_the_line_breaks_anywhere(self, site: Site, host: Host, tmp_path: Path, share: float) -> None:
        """Broken off within a run: the mark is there before all else, no page offers a PDF that is missing,
        and nothing is removed before all is there; the next publish ends right."""
        for index in range(1, 9):
            site.paper = random.Random(index).randbytes(20_000)
            site.person(index)
        copy, up = tmp_path / "copy", tmp_path / "up"

        def publish_broken() -> None:
            """As much goes up in each run as this share of what the last one, which sends, needs."""
            shutil.copytree(host.root, copy) if host.root.exists() else copy.mkdir()
            with through(tmp_path, f"tee {up}"):
                publish(site.output, host.target, site.record, b"mark")
            shutil.rmtree(host.root)
            copy.rename(host.root)
            with (
                through(tmp_path, f"stdbuf -o0 head -c {int(up.stat().st_size * share)}"),
                suppress(PublishError),
            ):
                publish(site.output, host.target, site.record, b"mark")

        publish_broken()
        self.in_order(host)
        publish(site.output, host.target, site.record, b"mark")
        site.note()
        before = set(tree(host.root))
        site.without(1)
        for index in range(2, 9):
            site.paper = random.Random(index + 100).randbytes(20_000)
            site.person(index, version=2)
        publish_broken()
        self.in_order(host)
        if before - set(tree(host.root)):
            assert set(tree(site.output)) <= set(tree(host.root))
        publish(site.output, host.target, site.record, b"mark")
        assert tree(host.root) == tree(site.output)

    def in_order(self, host: Host) -> None:
        there = tree(host.root)
        assert not there or (host.root / remote.MARK_FILE).read_bytes() == b"mark"
        for path, page in there.items():
            if path.startswith("c/") and path.endswith("index.html"):
                version = page.decode().rpartition(", ")[2].partition("<")[0]
                assert f"{path.removesuffix('index.html')}certificate-v{version}.pdf" in there

    def test_a_strange_folder(self, site: Site, host: Host) -> None:
        """A folder that holds something else is left alone, however little it is."""
        host.root.mkdir()
        (host.root / "thesis.txt").write_text("years of work")
        with pytest.raises(PublishError, match="is not this site"):
            publish(site.output, host.target, site.record)
        assert tree(host.root) == {"thesis.txt": b"years of work"}

    def test_host_fails(self, site: Site, host: Host, tmp_path: Path) -> None:
        """A host that cannot be used is named with the reason, without a private path."""
        (tmp_path / "tools" / "ssh").write_text(
            f"#!/bin/sh\necho 'lost c/{token(1)}/index.html and {number(1)}' >&2\nexit 255\n"
        )
        with pytest.raises(PublishError, match="without a password") as refused:
            publish(site.output, host.target, site.record)
        assert "c/…" in refused.value.message
        secretless(site, refused.value)

    def test_the_host_cannot_write(self, site: Site, live: Host, tmp_path: Path) -> None:
        """A file that the host has no room for ends the publish with a sentence; nothing was removed."""
        site.paper = random.Random(1).randbytes(200_000)
        site.person(4).without(1)
        ssh = tmp_path / "tools" / "ssh"
        ssh.write_text(ssh.read_text().replace("exec sh -c", "ulimit -f 100; exec sh -c"))
        with pytest.raises(PublishError, match="cannot write") as refused:
            publish(site.output, live.target, site.record)
        secretless(site, refused.value)
        assert (live.root / "c" / token(1) / "index.html").exists()

    def test_what_stands_in_the_way_goes(self, site: Site, live: Host) -> None:
        """A folder where a file must be."""
        site.person(4)
        (live.root / "c" / token(4) / "certificate-v1.pdf" / "x").mkdir(parents=True)
        publish(site.output, live.target, site.record)
        assert tree(live.root) == tree(site.output)

    @pytest.mark.parametrize("full", [False, True])
    def test_many_pages_go_at_once(
        self, site: Site, live: Host, monkeypatch: pytest.MonkeyPatch, full: bool
    ) -> None:
        """More than rsync is told by name: their folders go, too, and a folder that nobody knows of stays."""
        (live.root / "c" / "unknown").mkdir()
        (live.root / "c" / "unknown" / "x").write_text("x")
        monkeypatch.setattr(remote, "FEW", 1)
        site.without(1).without(2)
        site.stray("c/.half-written", "never")
        changes = publish(site.output, live.target, site.record, full=full, allow=1)
        assert len(changes.removed) == 6 + full
        assert sorted(os.listdir(live.root / "c")) == sorted([token(3), *([] if full else ["unknown"])])
        assert sorted(os.listdir(live.root / "verify")) == [number(3), "index.html"]

    def test_all_of_many_pages_go(self, site: Site, live: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        """Then output/ has no folder for them either."""
        monkeypatch.setattr(remote, "FEW", 1)
        for index in (1, 2, 3):
            site.without(index)
        (site.output / "c").rmdir()
        publish(site.output, live.target, site.record)
        assert os.listdir(live.root / "c") == []
        assert os.listdir(live.root / "verify") == ["index.html"]

    def test_two_machines_publish(self, site: Site, live: Host) -> None:
        """What was read there before the command began is not there any more: nothing is done."""
        publish(site.output, live.target, site.record, b"mine")
        site.person(4)
        seen = HostRecord(b"mine")
        publish(site.output, live.target, site.record_of(site.must, site.published, host=seen), b"next")
        before = tree(live.root)
        site.person(5)
        with pytest.raises(PublishError, match="Somebody else published"):
            publish(site.output, live.target, site.record_of(site.must, site.published, host=seen), b"x")
        assert tree(live.root) == before


@pytest.mark.starts
class TestRuns:
    """How often rsync is run, and what passes over the wire."""

    @pytest.fixture
    def host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
        made, environment = ssh_host(tmp_path)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return made

    def runs(self, tmp_path: Path) -> int:
        """Since it was asked last."""
        log = tmp_path / "ssh.log"
        lines = [line for line in log.read_text().splitlines() if "--server" in line] if log.exists() else []
        log.write_text("")
        return len(lines)

    def test_one_to_compare_and_one_to_bring(self, site: Site, live: Host, tmp_path: Path) -> None:
        self.runs(tmp_path)
        publish(site.output, live.target, site.record)
        assert self.runs(tmp_path) == 1
        site.person(4).person(2, version=2).without(1)
        site.write("index.html", "<p>new</p>")
        publish(site.output, live.target, site.record, b"mark")
        assert self.runs(tmp_path) == 2
        assert tree(live.root) == tree(site.output)
        site.note()
        publish(site.output, live.target, site.record, b"mark", full=True)
        assert self.runs(tmp_path) == 2  # one tries the mark, as nobody said which one lies there

    def test_pages_that_did_not_change_are_not_looked_at(
        self, site: Site, live: Host, tmp_path: Path
    ) -> None:
        """Of a thousand people one page is new: what is said to the host is about that one."""
        for index in range(10, 1010):
            site.person(index)
        publish(site.output, live.target, site.record)
        site.note()
        site.person(5)
        with through(tmp_path, f"tee -a {tmp_path}/up", f"tee -a {tmp_path}/down"):
            publish(site.output, live.target, site.record)
        assert (live.root / "c" / token(5) / "index.html").is_file()
        assert (tmp_path / "up").stat().st_size < 5_000
        assert (tmp_path / "down").stat().st_size < 5_000

    @pytest.mark.parametrize("other", ["knows zstd", "knows zlib alone", "refuses", "cannot negotiate"])
    def test_certificates_go_packed(self, site: Site, host: Host, tmp_path: Path, other: str) -> None:
        """A tenth goes up where both ends know zstd; where the other does not, they go as they are."""
        site.paper = random.Random(7).randbytes(70_000)
        for index in range(1, 101):
            site.person(index)
        whole = sum(file.size for files in site.pdfs.values() for file in files)
        if other == "cannot negotiate":
            with through(tmp_path, f"tee -a {tmp_path}/up", change="s/--server/--server --protocol=29/"):
                publish(site.output, host.target, site.record)
            root, sent = host.root, (tmp_path / "up").stat().st_size
        else:
            words = {"RSYNC_COMPRESS_LIST": "zlib"} if other == "knows zlib alone" else {}
            more = "refuse options = compress\n" if other == "refuses" else ""
            with rsync_daemon(tmp_path, more, words) as (port, root), relay(port) as wire:
                publish(site.output, f"rsync://127.0.0.1:{wire.port}/site", site.record)
            sent = wire.up
        assert tree(root) == tree(site.output)
        assert sent < whole / 10 if other == "knows zstd" else sent > whole


@contextmanager
def through(tmp_path: Path, up: str, down: str = "cat", change: str = "") -> Iterator[None]:
    """What the stand-in for ssh is told passes one program, what it says another; `change`: for sed, of the
    command that it runs."""
    ssh = tmp_path / "tools" / "ssh"
    before = ssh.read_text()
    run = f'exec sh -c "$(sed \'{change}\' <<< "$*")" < <({up}) > >({down})'
    ssh.write_text(before.replace("#!/bin/sh", "#!/bin/bash").replace('exec sh -c "$*"', run))
    try:
        yield
    finally:
        ssh.write_text(before)


@pytest.mark.parametrize(
    ("target", "is_rsync"),
    [
        ("rsync://host/module", True),
        ("host::module", True),
        ("me@host:/srv/www", True),
        ("host:www", True),
        ("/srv/www", False),
        ("www", False),
        ("./a:b", False),
        ("/srv/a:b", False),
    ],
)
def test_targets(target: str, is_rsync: bool) -> None:
    """As rsync itself tells them apart: a colon before the first slash."""
    assert remote.is_remote(target) is is_rsync


def test_values_do_not_print(site: Site) -> None:
    """A record, the changes of a publish and a link show no page in a log or a traceback."""
    text = repr(site.record) + repr(site.links) + repr(rsync.read_changes(f"*deleting   c/{token(1)}/x.pdf"))
    assert not [secret for secret in site.secrets if secret in text]
