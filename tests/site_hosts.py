"""Two hosts for a built site on loopback: our preview, and the real nginx with the headers we generate."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.preview import serve
from pipeline.rules.headers import hosting_files


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Host:
    port: int
    logs: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET") -> Answer:
        """One request, its path sent as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def preview_host(output: Path, home: Path, site_url: str) -> Iterator[Host]:
    server = serve(output, 0, site_url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Host(server.server_address[1], home)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def nginx_host(output: Path, home: Path, site_url: str) -> Iterator[Host]:
    """nginx as Debian ships it, with our file included in a server block; it logs as it does by default."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "logs").mkdir(parents=True)
    (home / "certs.conf").write_text(hosting_files(site_url)["nginx.conf"])
    user = "user root;" if os.getuid() == 0 else ""
    places = "".join(
        f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"{user} pid {home}/pid; error_log {home}/logs/error.log; worker_processes 1; events {{}}\n"
        f"http {{ {places} access_log {home}/logs/access.log;\n"
        f"server {{ listen 127.0.0.1:{port}; root {output}; include {home}/certs.conf; }} }}\n"
    )
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(home), "-c", str(home / "nginx.conf")]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield Host(port, home / "logs")
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, capture_output=True)


HOSTS = {"preview": preview_host, "nginx": nginx_host}
