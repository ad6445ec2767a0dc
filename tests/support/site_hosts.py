"""Four hosts for a built site on loopback: our preview, and the real nginx, Apache and Caddy, each with the
configuration that `certs hosting` prints for it. A folder, a home for its files and SITE_URL in;
a Host out."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pipeline.preview import serve
from pipeline.rules.web.headers import hosting_files
from tests.support.programs import free_port, program

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Host:
    port: int
    logs: Path
    address: str = ""  # the site's own

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", name: str = "", fields: Mapping[str, str] = NO_FIELDS
    ) -> Answer:
        """One request, its path sent as it stands; `name`: what the client takes the host's name for;
        `fields`: further headers, and no body whatever they say."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=bool(name), skip_accept_encoding=True)
            if name:
                connection.putheader("Host", name)
            for field, value in fields.items():
                connection.putheader(field, value)
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
        port = server.server_address[1]
        yield Host(port, home, f"http://localhost:{port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def nginx_host(output: Path, home: Path, site_url: str) -> Iterator[Host]:
    """nginx as Debian ships it, with our file included in a server block; it logs as it does by default."""
    nginx, port = program("nginx"), free_port()
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
    command = [nginx, "-p", str(home), "-c", str(home / "nginx.conf")]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield Host(port, home / "logs", site_url)
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, capture_output=True)


APACHE_MODULES = Path("/usr/lib/apache2/modules")
# What Debian turns on by itself, and mod_headers, which our file asks for.
APACHE_ON = """
    access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate
    dir env filter headers mime mpm_event negotiation reqtimeout setenvif status
"""
# The parts of Debian's apache2.conf and of its other_vhosts_access_log that concern a site.
APACHE = """ServerName localhost
ServerRoot {home}
PidFile {home}/pid
DefaultRuntimeDir {home}
ErrorLog {home}/logs/error.log
TypesConfig /etc/mime.types
{user}
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory {root}>
    Options Indexes FollowSymLinks
    Require all granted
</Directory>
LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" vhost_combined
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" combined
CustomLog {home}/logs/other_vhosts_access.log vhost_combined
Listen 127.0.0.1:{port}
<VirtualHost *:{port}>
    DocumentRoot {root}
    {own_log}
    Include {home}/certs.conf
</VirtualHost>
"""


@contextmanager
def apache_host(output: Path, home: Path, site_url: str, own_log: str = "") -> Iterator[Host]:
    """Apache as Debian sets it up, with our file included in a VirtualHost; `own_log`: its CustomLog line.

    Started by root, Apache serves as another user, who cannot enter pytest's folders: it gets a copy.
    """
    apache, port = program("apache2"), free_port()
    (home / "logs").mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="certs-apache-") as shared:
        root, user = output, ""
        if os.getuid() == 0:
            root, user = Path(shared) / "site", "User www-data\nGroup www-data"
            shutil.copytree(output, root)
            for path in (Path(shared), *Path(shared).rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        (home / "certs.conf").write_text(hosting_files(site_url)["apache.conf"])
        (home / "apache.conf").write_text(
            "".join(
                f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n" for name in APACHE_ON.split()
            )
            + APACHE.format(home=home, root=root, port=port, user=user, own_log=own_log.format(home=home))
        )
        command = [apache, "-d", str(home), "-f", str(home / "apache.conf")]
        subprocess.run([*command, "-k", "start"], check=True, capture_output=True)
        try:
            yield Host(port, home / "logs", site_url)
        finally:
            subprocess.run([*command, "-k", "stop"], check=True, capture_output=True)


CADDY = """{{
    admin unix//{home}/admin
    auto_https off
}}
:{port} {{
    bind 127.0.0.1
    root * {root}
    log {{
        output file {home}/logs/access.log
    }}
    import {home}/certs.Caddyfile
}}
"""


@contextmanager
def caddy_host(output: Path, home: Path, site_url: str) -> Iterator[Host]:
    """Caddy with our file imported into a site's block that keeps an access log."""
    caddy, port = program("caddy"), free_port()
    (home / "logs").mkdir(parents=True)
    (home / "certs.Caddyfile").write_text(hosting_files(site_url)["Caddyfile"])
    (home / "Caddyfile").write_text(CADDY.format(home=home, root=output, port=port))
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **places}
    with (home / "logs" / "said.log").open("wb") as said:
        subprocess.run(
            [caddy, "start", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=environment,
        )
    try:
        yield Host(port, home / "logs", site_url)
    finally:
        subprocess.run(
            [caddy, "stop", "--address", f"unix/{home}/admin"],
            check=True,
            capture_output=True,
            env=environment,
        )


HOSTS = {"preview": preview_host, "nginx": nginx_host, "apache": apache_host, "caddy": caddy_host}
