"""A small made-up site with its record, and hosts for it: a folder, an rsync daemon, rsync over a stand-in
for ssh; and nginx, the real one, in front of a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pipeline.publish import HostRecord, Link, Record
from pipeline.rules.places import CHECK_PAGE, private_page
from pipeline.rules.web.headers import underscore_headers
from pipeline.rules.web.pages import PageFile
from tests.support.programs import free_port, program
from tests.support.site_people import number, token

NO_WORDS: Mapping[str, str] = MappingProxyType({})

NO_HOST = HostRecord()


@dataclass
class Site:
    """What build, ledger and vault hand to a publish; each person has one page, one number, one PDF."""

    output: Path
    must: dict[str, str] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    pdfs: dict[str, list[PageFile]] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)  # SHA-256 of each private page
    public: dict[str, str] = field(default_factory=dict)  # and of each public file
    paper: bytes = b""  # with which each PDF begins

    def start(self) -> Site:
        for name in ("index.html", "404.html", "robots.txt", "theme/site.css", "activities/one/index.html"):
            self.write(name, f"<p>{name}</p>")
        self.write(CHECK_PAGE, '<link rel="stylesheet" href="../theme/site.css">')
        self.write("_headers", underscore_headers("http://localhost"))
        return self

    def write(self, name: str, text: str | bytes) -> Path:
        """What the build writes and notes."""
        path = self.stray(name, text)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if private_page(name) is None:
            self.public[name] = digest
        elif name.endswith("/index.html"):
            self.made[name.removesuffix("/index.html")] = digest
        return path

    def remove(self, name: str) -> None:
        """A public file that the build makes no more."""
        (self.output / name).unlink()
        del self.public[name]

    def stray(self, name: str, text: str | bytes) -> Path:
        """What no build made; beside, then replaced."""
        path = self.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(text if isinstance(text, bytes) else text.encode())
        beside.replace(path)
        return path

    def person(self, index: int, version: int = 1, pdf: bytes = b"") -> Site:
        secret, pdf = token(index), pdf or self.paper + f"%PDF person {index} version {version}".encode()
        for old in self.pdfs.get(secret, ()):
            (self.output / "c" / secret / old.name).unlink()
        file = PageFile(f"certificate-v{version}.pdf", len(pdf), hashlib.sha256(pdf).hexdigest())
        self.pdfs[secret] = [file]
        self.write(f"c/{secret}/{file.name}", pdf).chmod(0o444)
        self.write(f"c/{secret}/index.html", f"<p>person {index}, {version}</p>")
        self.write(f"verify/{number(index)}/index.html", f"<p>number {index}, {version}</p>")
        self.must |= {f"c/{secret}": str(version), f"verify/{number(index)}": str(version)}
        return self

    def without(self, index: int) -> Site:
        """Expiry: the ledger wants the pages no more, the build swept them."""
        for page in (f"c/{token(index)}", f"verify/{number(index)}"):
            shutil.rmtree(self.output / page)
            del self.must[page]
        del self.pdfs[token(index)]
        return self

    @property
    def record(self) -> Record:
        return self.record_of(dict(self.must), dict(self.published))

    def record_of(
        self,
        must: dict[str, str],
        published: dict[str, str],
        closed: Sequence[str] = (),
        is_part: bool = False,
        host: HostRecord = NO_HOST,
    ) -> Record:
        """`must`, `published`: pages with what they say, by which is known what was changed since."""
        return Record(
            changed=sorted(page for page, says in must.items() if published.get(page) != says),
            gone=sorted({*published, *closed}.difference(must)),
            all_pages=lambda: sorted(must),
            required_among=lambda paths: must.keys() & set(paths),
            sent=published.keys(),
            files=self.files,
            digests=self.digests,
            public=dict(self.public),
            is_part=is_part,
            host=host,
        )

    def digests(self, pages: Sequence[str]) -> dict[str, str]:
        return {page: self.made[page] for page in pages if page in self.made}

    def files(self, tokens: Sequence[str]) -> dict[str, list[PageFile]]:
        return {one: self.pdfs.get(one, []) for one in tokens}

    def note(self) -> None:
        """The ledger notes what was published and proved."""
        self.published = dict(self.must)

    @property
    def links(self) -> list[Link]:
        return list(self.record.links(sorted(self.must)))

    @property
    def secrets(self) -> list[str]:
        return [page.partition("/")[2] for page in {**self.must, **self.published}]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for what begins with a dot."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def folders(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}


@dataclass(frozen=True)
class Host:
    """Where a publish goes, and the folder that the web server would serve."""

    target: str
    root: Path


def folder_host(home: Path) -> Host:
    return Host(str(home / "web"), home / "web" / "current")


def daemon_host(home: Path) -> tuple[Host, dict[str, str]]:
    """rsync's own daemon, started by the client for each connection (RSYNC_CONNECT_PROG): no port."""
    root = home / "module"
    root.mkdir()
    config = home / "rsyncd.conf"
    owner = f"uid = {os.getuid()}\ngid = {os.getgid()}\n" if os.getuid() == 0 else ""
    config.write_text(f"use chroot = no\n{owner}[site]\npath = {root}\nread only = no\n")
    return Host("rsync://127.0.0.1/site", root), {
        "RSYNC_CONNECT_PROG": f"{program('rsync')} --config={config} --daemon"
    }


@contextmanager
def rsync_daemon(
    home: Path, more: str = "", words: Mapping[str, str] = NO_WORDS
) -> Iterator[tuple[int, Path]]:
    """rsync's own daemon at a port, and the folder that it serves. `more`: for its configuration; `words`:
    for its environment."""
    made, _ = daemon_host(home)
    config, port = home / "rsyncd.conf", free_port()
    config.write_text(config.read_text() + more)
    place = [f"--config={config}", f"--port={port}", "--address=127.0.0.1"]
    command = [program("rsync"), "--daemon", "--no-detach", *place]
    with subprocess.Popen(command, env={**os.environ, **words}) as daemon:
        try:
            while not _answers(port):
                assert daemon.poll() is None
            yield port, made.root
        finally:
            daemon.terminate()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def ssh_host(home: Path) -> tuple[Host, dict[str, str]]:
    """A stand-in for ssh, first on PATH: notes its arguments, then runs the command on this machine."""
    root, tools = home / "www", home / "tools"
    tools.mkdir()
    script = tools / "ssh"
    script.write_text(
        f'#!/bin/sh\necho "$@" >> "{home}/ssh.log"\n'
        'while [ "$1" != certificates.example.org ]; do shift; done\nshift\nexec sh -c "$*"\n'
    )
    script.chmod(0o755)
    return Host(f"certificates.example.org:{root}", root), {"PATH": f"{tools}:{os.environ['PATH']}"}
