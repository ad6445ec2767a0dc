"""The headers every web host must send, written once: a site's address in, each host's own words out.

Source: DESIGN and issue 5: private pages are in no index, cache, referrer or listing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]

# Nothing inline, nothing from elsewhere, no frame around us; the two scripts speak to nobody.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
EVERYWHERE: Headers = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
SECURE: Headers = (("Strict-Transport-Security", "max-age=31536000"),)
NO_INDEX = ("X-Robots-Tag", "noindex, nofollow, noarchive")
NO_STORE = ("Cache-Control", "private, no-store")

# The first that fits counts; a longer match stands before a shorter one.
BY_FOLDER: tuple[tuple[str, Headers], ...] = (
    ("/c/", (NO_INDEX, NO_STORE)),
    ("/verify/", (NO_INDEX, NO_STORE)),
    ("/404.html", (NO_INDEX, NO_STORE)),
    ("/theme/", (("Cache-Control", "public, max-age=600"),)),
    ("/", (("Cache-Control", "no-cache"),)),
)
UNLOGGED = ("/c/", "/verify/", "/404.html")  # the 404 page answers for paths below the other two
MARK = "# Written by certs."


def headers_for(path: str, secure: bool) -> Headers:
    """The headers of the answer for `path`, which begins with a slash and lacks the site's own prefix."""
    own = next(headers for folder, headers in BY_FOLDER if path.startswith(folder))
    return (*EVERYWHERE, *own, *(SECURE if secure else ()))


def robots(site_url: str) -> str:
    """robots.txt: what is private is named by its folder alone."""
    root = urlsplit(site_url).path.rstrip("/")
    return f"User-agent: *\nDisallow: {root}/c/\nDisallow: {root}/verify/\n"


def underscore_headers(site_url: str) -> str:
    """`_headers`, read by Netlify, Cloudflare Pages and their like. Those join what several rules say of one
    path, so each folder's Cache-Control stands in one rule only."""
    lines = [MARK]
    common = (*EVERYWHERE, *(SECURE if site_url.startswith("https:") else ()))
    for pattern, headers in (
        ("/*", common),
        *(
            (f"{folder}*" if folder.endswith("/") else folder, own)
            for folder, own in BY_FOLDER
            if folder != "/"
        ),
    ):
        lines += ["", pattern, *(f"  {name}: {value}" for name, value in headers)]
    return "\n".join(lines) + "\n"


def hosting_files(site_url: str) -> dict[str, str]:
    """File name to text: the headers for nginx, Apache and Caddy. They belong beside the web host's
    settings, never in output/."""
    return {"nginx.conf": nginx(site_url), "apache.conf": apache(site_url), "Caddyfile": caddy(site_url)}


def nginx(site_url: str) -> str:
    """For inclusion in a `server` block that names the root.

    nginx forgets a server's headers where a location adds its own: each location gets them all. Paths under
    c/ are secrets and go to no log.
    """
    root, secure = _parts(site_url)
    lines = [
        f"{MARK} Include it in the server block that holds root (the folder output/).",
        "charset utf-8;",
        "access_log off;",  # for all: what nginx refuses by itself, such as TRACE, it logs for the server
        "autoindex off;",
        "server_tokens off;",
        "index index.html;",
        f"error_page 403 404 {root}/404.html;",
        "types { text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; "
        "image/jpeg jpg jpeg; font/woff2 woff2; application/pdf pdf; text/plain txt; }",
        f"location = {root}/_headers {{ return 404; }}",
    ]
    for folder, _ in BY_FOLDER:
        exact = not folder.endswith("/")
        modifier = "= " if exact else "^~ " if folder != "/" else ""
        lines.append(f"location {modifier}{root}{folder} {{")
        if exact:
            lines.append("    internal;")
        lines += [
            "    if ($request_method !~ ^(GET|HEAD)$) { return 405; }",
            '    if ($uri ~ "/\\.(?!well-known/)") { return 404; }',
        ]
        if folder in UNLOGGED:
            lines += ["    error_log /dev/null crit;", "    log_not_found off;"]
        lines += [f'    add_header {name} "{value}" always;' for name, value in headers_for(folder, secure)]
        lines.append("}")
    return "\n".join(lines) + "\n"


def apache(site_url: str) -> str:
    """For inclusion in a VirtualHost, with mod_headers; DocumentRoot is named there."""
    root, secure = _parts(site_url)
    common = (*EVERYWHERE, *(SECURE if secure else ()))
    lines = [
        f"{MARK} Include it in the VirtualHost whose DocumentRoot is the folder output/. Needs mod_headers.",
        "# Paths under c/ are secrets: end the CustomLog line with  env=!private",
        f'SetEnvIf Request_URI "^{root}/(c|verify)/" private',
        f"ErrorDocument 403 {root}/404.html",
        f"ErrorDocument 404 {root}/404.html",
        f'RedirectMatch 404 "^{root}/_headers$"',
        r'RedirectMatch 404 "/\.(?!well-known/)"',
        '<Location "/">',
        "    Options -Indexes",
        "    DirectoryIndex index.html",
        "    <LimitExcept GET HEAD>",
        "        Require all denied",
        "    </LimitExcept>",
        *(f'    Header always set {name} "{value}"' for name, value in common),
        "</Location>",
    ]
    # Apache lets the last that fits win.
    for folder, own in reversed(BY_FOLDER):
        end = "" if folder.endswith("/") else "$"
        lines.append(f'<LocationMatch "^{root}{folder}{end}">')
        lines += [f'    Header always set {name} "{value}"' for name, value in own]
        lines.append("</LocationMatch>")
    return "\n".join(lines) + "\n"


def caddy(site_url: str) -> str:
    """For inclusion in a site's block; its root is named there. Caddy keeps no access log unless asked."""
    root, secure = _parts(site_url)
    common = (*EVERYWHERE, *(SECURE if secure else ()))
    lines = [
        f"{MARK} Import it into the site's block that holds root (the folder output/).",
        "@other not method GET HEAD",
        "respond @other 405",
        f"log_skip {root}/c/*",
        f"log_skip {root}/verify/*",
        "header {",
        *(f'    {name} "{value}"' for name, value in common),
        "}",
    ]
    named: list[str] = []
    for folder, own in BY_FOLDER:
        pattern = f"{root}{folder}*" if folder.endswith("/") else f"{root}{folder}"
        name = "@" + (folder.strip("/").replace(".", "_") or "rest")
        if folder == "/":
            lines.append(f"{name} not path {' '.join(named)}")
        else:
            lines.append(f"{name} path {pattern}")
            named.append(pattern)
        lines += [f'header {name} {key} "{value}"' for key, value in own]
    lines += [
        "@hidden {",
        f"    path {root}/_headers */.*",
        "    not path /.well-known/*",
        "}",
        "error @hidden 404",
        "handle_errors {",
        f"    rewrite * {root}/404.html",
        '    header Cache-Control "private, no-store"',
        "    file_server",
        "}",
        "file_server",
    ]
    return "\n".join(lines) + "\n"


def _parts(site_url: str) -> tuple[str, bool]:
    parts = urlsplit(site_url)
    return parts.path.rstrip("/"), parts.scheme == "https"
