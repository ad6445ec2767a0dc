"""A real sshd on loopback, run by whoever runs the tests, and what an operator sets up to reach it."""

from __future__ import annotations

import getpass
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.programs import free_port, program

NAME = "certificates.example.org"  # what PUBLISH_TO calls it; the operator's configuration knows the rest

# Passwords are offered, so that a client that may ask would ask.
SERVER = """Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication yes
"""
CLIENT = """Host {name}
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {home}/user_key
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {home}/known_hosts
    GlobalKnownHostsFile /dev/null
    # As careless as can be: BatchMode has to come from us.
    BatchMode no
    StrictHostKeyChecking ask
"""


@dataclass(frozen=True)
class Sshd:
    """A running server; `config` stands for the operator's ~/.ssh/config."""

    home: Path
    config: Path
    known_hosts: Path
    authorized_keys: Path
    said: list[str] = field(default_factory=list)  # by the server

    @property
    def logins(self) -> int:
        """How often somebody was let in."""
        return sum("Accepted publickey" in line for line in self.said)

    @property
    def environment(self) -> dict[str, str]:
        """ssh with that configuration; and a program it may ask for a password or a yes, which says yes, and
        notes that it was asked."""
        return {
            "RSYNC_RSH": f"ssh -F {self.config}",
            "SSH_ASKPASS": str(self.home / "ask"),
            "SSH_ASKPASS_REQUIRE": "force",
        }

    @property
    def asked(self) -> str:
        """What somebody at the keyboard would have been asked."""
        notes = self.home / "asked"
        return notes.read_text() if notes.exists() else ""


def new_key(path: Path, phrase: str = "") -> str:
    """Makes a key pair, locked with a phrase where one is given; the public half."""
    path.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


@contextmanager
def sshd(home: Path) -> Iterator[Sshd]:
    """A server that knows the user's key and is known to the user."""
    command = program("sshd")
    program("ssh")
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its unprivileged half is locked in
    port = free_port()
    host_key = new_key(home / "host_key")
    made = Sshd(home, home / "config", home / "known_hosts", home / "authorized_keys")
    made.authorized_keys.write_text(new_key(home / "user_key") + "\n")
    made.known_hosts.write_text(f"[127.0.0.1]:{port} {host_key}\n")
    made.config.write_text(CLIENT.format(name=NAME, port=port, user=getpass.getuser(), home=home))
    (home / "ask").write_text(f'#!/bin/sh\necho "$1" >> "{home}/asked"\necho yes\n')
    (home / "ask").chmod(0o700)
    (home / "sshd_config").write_text(SERVER.format(port=port, home=home))
    command_line = [command, "-D", "-e", "-f", str(home / "sshd_config")]
    with subprocess.Popen(
        command_line, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr
        for line in server.stderr:
            made.said.append(line)
            if "Server listening" in line:
                break
        # It must never wait for somebody to read.
        reader = threading.Thread(target=made.said.extend, args=(server.stderr,))
        try:
            assert server.poll() is None, "".join(made.said)
            reader.start()
            yield made
        finally:
            server.terminate()
            if reader.ident:
                reader.join()
