"""The same requests by IMAP over TLS: a small server in process that keeps flags and what it was asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import trustme

from pipeline.errors import MailError
from pipeline.inbox import ImapBox, all_mail, mails_about
from pipeline.rules.messages.requests import Outcome
from pipeline.workflow import requests
from tests.commands.test_requests import issued, request, resent
from tests.support.college import College

pytestmark = pytest.mark.starts

__all__ = ["issued"]  # the fixture

PASSWORD = 'open "sesame" \\ 1'


class ImapServer:
    """One folder, as much of RFC 3501 as a client like ours needs."""

    def __init__(self, context: ssl.SSLContext, mails: list[bytes]) -> None:
        self.mails = {str(number): [mail, set[str]()] for number, mail in enumerate(mails, 7)}
        self.said: list[str] = []
        self.refuses = ""  # a command that is answered with NO
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(20)  # a client that forgets to go must not hold the test
            try:
                with self._context.wrap_socket(plain, server_side=True) as peer, peer.makefile("rwb") as file:
                    self._talk(file)
            except OSError:  # the client does not trust us, or has gone
                plain.close()

    def _talk(self, file: object) -> None:
        write, readline, flush = file.write, file.readline, file.flush  # type: ignore[attr-defined]
        write(b"* OK ready\r\n")
        flush()
        while line := readline().decode():
            tag, command = line.rstrip("\r\n").split(" ", 1)
            self.said.append(command)
            for answer in self._answers(command):
                write(answer + b"\r\n")
            no = self.refuses and command.startswith(self.refuses)
            write(f"{tag} {'NO refused' if no else 'OK done'}\r\n".encode())
            flush()
            if command == "LOGOUT":
                return

    def _answers(self, command: str) -> Iterator[bytes]:
        words = command.split(" ")
        if command == "CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1"
        elif command == "LOGOUT":
            yield b"* BYE"
        elif words[0] == "SELECT":
            yield f"* {len(self.mails)} EXISTS".encode()
        elif words[:2] == ["UID", "SEARCH"]:
            found = [
                number for number, (_, flags) in self.mails.items() if not flags or "UNSEEN" not in words
            ]
            yield b"* SEARCH " + " ".join(found).encode()
        elif words[:2] == ["UID", "FETCH"] and words[2] in self.mails:
            mail = self.mails[words[2]][0]
            assert isinstance(mail, bytes)
            yield f"* 1 FETCH (UID {words[2]} BODY[]<0> {{{len(mail)}}}".encode() + b"\r\n" + mail + b")"
        elif words[:2] == ["UID", "STORE"]:
            flags = self.mails[words[2]][1]
            assert isinstance(flags, set)
            flags.update(words[4:])


@contextmanager
def serving(*mails: str) -> Iterator[tuple[ImapServer, ssl.SSLContext]]:
    """A server with these mails, and a client's context that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    running = ImapServer(server, [mail.replace("\n", "\r\n").encode() for mail in mails])
    try:
        yield running, client
    finally:
        running.close()


def test_requests_are_answered_and_flagged(issued: College) -> None:
    """Looking does not mark a mail as read; the answered one is seen and answered, the other stays unread."""
    with serving(request("ana@example.org"), request("eve@evil.test", 2)) as (server, trusting):
        url = f"imaps://help%40example.org@localhost:{server.port}/Requests/Été"
        box = ImapBox(url, PASSWORD, trusting)
        found = issued.do(requests.requests, box, act=True)
        box.close()
    assert [one.decision.outcome for one in found.placed] == [Outcome.ANSWER, Outcome.STAYS]
    assert resent(issued) == ["ana@example.org"]
    assert [flags for _, flags in server.mails.values()] == [{"(\\Seen", "\\Answered)"}, set()]
    assert 'SELECT "Requests/&AMk-t&AOk-"' in server.said
    assert 'LOGIN "help@example.org" "open \\"sesame\\" \\\\ 1"' in server.said
    assert all("PEEK" in said for said in server.said if "FETCH" in said)


def test_all_mail_of_a_folder_whoever_has_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `certs bounces` reads it: nothing is flagged, and the connection is closed."""
    with serving(request("ana@example.org"), request("bo@example.org", 2)) as (server, trusting):
        server.mails["7"][1] = {"\\Seen"}
        monkeypatch.setattr("ssl.create_default_context", lambda: trusting)
        found = list(all_mail(f"imaps://office@localhost:{server.port}/Returned", PASSWORD))
    assert [mail.sender for mail in found] == ["ana@example.org", "bo@example.org"]
    assert not any("STORE" in said for said in server.said)
    assert server.said[-1] == "LOGOUT"


def test_mails_are_found_by_a_word_of_their_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks; nothing is flagged."""
    with serving(request("ana@example.org")) as (server, trusting):
        monkeypatch.setattr("ssl.create_default_context", lambda: trusting)
        (found,) = mails_about(f"imaps://me@localhost:{server.port}/INBOX", "0123abcd", PASSWORD)
    assert found.sender == "ana@example.org"
    assert "UID SEARCH UNDELETED SUBJECT 0123abcd" in server.said
    assert not any("STORE" in said for said in server.said)


def test_a_server_that_cannot_be_trusted_gets_no_password() -> None:
    """An unknown authority: no connection, one sentence."""
    with serving() as (server, _):
        with pytest.raises(MailError, match="No connection to localhost"):
            ImapBox(f"imaps://help@localhost:{server.port}/x", PASSWORD, ssl.create_default_context())
        assert server.said == []


@pytest.mark.parametrize("refused", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH"])
def test_what_the_server_refuses_is_one_error(refused: str) -> None:
    """Wrong password, no such folder, a search that fails: a sentence without the password."""
    with serving(request("ana@example.org")) as (server, trusting):
        server.refuses = refused
        with (
            pytest.raises(MailError) as raised,
            closing(ImapBox(f"imaps://help@localhost:{server.port}/x", PASSWORD, trusting)) as box,
        ):
            list(box.unread())
        assert "sesame" not in raised.value.message


@pytest.mark.parametrize(
    "url",
    [
        "imap://help@localhost/x",
        "imaps://localhost/x",
        "imaps://help@/x",
        "imaps://help@localhost:port/x",
        "imaps://help@localhost/a%0d%0aLOGOUT",
    ],
)
def test_what_is_no_address_of_a_folder(url: str) -> None:
    """Without TLS, without a user, with a line end in it: refused before anything is connected."""
    with pytest.raises(MailError):
        ImapBox(url, PASSWORD)


def test_a_password_comes_from_the_settings_alone() -> None:
    """On the command line others could read it; without one nothing is tried."""
    with pytest.raises(MailError, match="does not belong"):
        ImapBox("imaps://help:hunter2@localhost/x", PASSWORD)
    with pytest.raises(MailError, match="no password"):
        ImapBox("imaps://help@localhost/x", "")
