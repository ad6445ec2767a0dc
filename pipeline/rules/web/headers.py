"""The headers every web host must send, written once: a site's address in, each host's own words out.

Private pages are in no index, cache, referrer, log or listing: who has the address has the certificates.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pipeline.rules.places import FOLDERS, site_root

Headers = tuple[tuple[str, str], ...]

# Nothing inline, nothing from elsewhere, no frame around us; our scripts speak to nobody.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Of a PDF: Safari applies a page's policy to its own viewer, and then shows nothing, or all of it askew.
PDF_POLICY = "frame-ancestors 'none'"
PDFS = ".pdf"  # how their names end
EVERYWHERE: Headers = (
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
    *((f"/{name}/", (NO_INDEX, NO_STORE)) for name in FOLDERS),
    ("/404.html", (NO_INDEX, NO_STORE)),
    ("/theme/", (("Cache-Control", "public, max-age=600"),)),
    ("/", (("Cache-Control", "no-cache"),)),
)
# The kinds of files a site has: a host that does not know one would send it without its type.
TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "jws": "application/jose",
    "txt": "text/plain",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "pdf": "application/pdf",
    "woff2": "font/woff2",
}
# Every path of a page, and what a browser may run of theme/, in the words of `_headers`.
UNDERSCORE_PAGES = (
    "/",
    "/index.html",
    "/:page/",
    "/:page/index.html",
    "/:page/:below/",
    "/:page/:below/index.html",
    "/:page/:below/:further/",
    "/theme/:file",
)
LONGEST = 255  # bytes of a file's name
UNLOGGED = (*(f"/{name}/" for name in FOLDERS), "/404.html")  # the 404 page answers for paths below them
# Private paths, in whatever case and wherever in an address: rather too much than too little.
PRIVATE = f"/({'|'.join(FOLDERS)})/"
WELL_KNOWN = ".well-known"  # the one folder with a dot that is shown (RFC 8615)
ROBOTS = "robots.txt"
HEADERS_FILE = "_headers"  # in output/; web hosts read it, and nobody else may
FIRST = "# Written by certs."  # the first words of each of these files


def headers_for(path: str, site_url: str) -> Headers:
    """The headers of the answer for `path`, which begins with a slash and lacks the site's own prefix;
    `site_url`: the address at which the site is asked for."""
    own = next(headers for folder, headers in BY_FOLDER if path.startswith(folder))
    policy = PDF_POLICY if path.endswith(PDFS) else page_policy(own, site_url)
    return (_policy(policy), *_common(site_url), *own)


def page_policy(own: Headers, site_url: str) -> str:
    """The policy of pages that have these headers of their own. What may be in an index may ask the host for
    robots.txt, as Lighthouse does from within it. What may not may connect to nothing at all: there a script
    reads a person's file, or the address is a secret."""
    if NO_INDEX in own:
        return POLICY
    address = urlsplit(site_url)
    return f"{POLICY}; connect-src {address.scheme}://{address.netloc}/{ROBOTS}"


def _common(site_url: str) -> Headers:
    return (*EVERYWHERE, *(SECURE if site_url.startswith("https:") else ()))


def _policy(value: str) -> tuple[str, str]:
    return ("Content-Security-Policy", value)


def robots(site_url: str) -> str:
    """robots.txt: what is private is named by its folder alone."""
    root = site_root(site_url)
    return "User-agent: *\n" + "".join(f"Disallow: {root}/{name}/\n" for name in FOLDERS)


def underscore_headers(site_url: str) -> str:
    """`_headers`, read by Netlify, Cloudflare Pages and their like. Some join what several rules say of one
    path, others take the narrowest, so each folder's Cache-Control stands in one rule only, and what all have
    of the two policies is that of a PDF: a page has that and its own, or its own. A rule can name neither
    PDFs nor all pages but some, so all pages have the policy of private ones."""
    lines = [FIRST]
    common = (_policy(PDF_POLICY), *_common(site_url))
    rules: tuple[tuple[str, Headers], ...] = (
        ("/*", common),
        *((_pattern(folder), headers) for folder, headers in BY_FOLDER[:-1]),
        *((path, (_policy(POLICY),)) for path in UNDERSCORE_PAGES),
    )
    for pattern, headers in rules:
        lines += ["", pattern, *(f"  {name}: {value}" for name, value in headers)]
    return "\n".join(lines) + "\n"


def _pattern(folder: str) -> str:
    return f"{folder}*" if folder.endswith("/") else folder


def hosting_files(site_url: str) -> dict[str, str]:
    """File name to text: the headers for nginx, Apache and Caddy. They belong beside the web host's
    settings, never in output/."""
    return {"nginx.conf": nginx(site_url), "apache.conf": apache(site_url), "Caddyfile": caddy(site_url)}


def nginx(site_url: str) -> str:
    """For inclusion in a `server` block that names the root.

    nginx forgets a server's headers where a location adds its own: each location gets them all.
    """
    root, policies = site_root(site_url), {"$certs_shut": POLICY, "$certs_open": page_policy((), site_url)}
    lines = [
        f"{FIRST} Include it in the server block that holds root (the folder output/).",
        "charset utf-8;",
        "charset_types text/css text/javascript text/plain;",
        "access_log off;",  # for all: what nginx refuses by itself, such as TRACE, it logs for the server
        "client_max_body_size 0;",  # nobody reads a body; one too large nginx would log with its path
        "autoindex off;",
        "gzip on;",  # of HTML; what else is packed is the server's own matter
        "log_not_found off;",  # also for c/ as some mail program misspelt it
        "server_tokens off;",
        "index index.html;",
        "absolute_redirect off;",  # behind a proxy it would name http and a port nobody reaches
        f"error_page 403 404 =404 {root}/404.html;",  # what may not be listed is not there
        "types { " + " ".join(f"{kind} {suffix};" for suffix, kind in TYPES.items()) + " }",
        f"location = {root}/_headers {{ return 404; }}",
        *(f'set {name} "{policy}";' for name, policy in policies.items()),
        f'if ($uri ~ "{re.escape(PDFS)}$") {{ '
        + " ".join(f'set {name} "{PDF_POLICY}";' for name in policies)
        + " }",
    ]
    for folder, own in BY_FOLDER:
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
            lines += ["    error_log /dev/null crit;"]
        policy = next(name for name, said in policies.items() if said == page_policy(own, site_url))
        headers = dict(headers_for(folder, site_url)) | dict([_policy(policy)])
        lines += [f'    add_header {name} "{value}" always;' for name, value in headers.items()]
        lines.append("}")
    return "\n".join(lines) + "\n"


def apache(site_url: str) -> str:
    """For inclusion in a VirtualHost, with mod_headers; DocumentRoot is named there, and Require for it.

    What Apache refuses by itself it logs with the path, so error logs of secret paths are cut to emergencies,
    and those of its core, which refuses a misspelt path before any Location applies, to what is critical.
    A malformed request has no variables: a log takes what is marked public, to leave those out; `private`
    is for older logs. Its own redirect for a missing slash would name http, and a port nobody reaches.
    """
    root = site_root(site_url)
    address, pattern = site_url.rstrip("/").removesuffix(root), re.escape(root)
    lines = [
        f"{FIRST} Include it in the VirtualHost whose DocumentRoot is the folder output/. Needs mod_headers.",
        "# Paths under c/ are secrets: nothing is logged here, as the server's own log would hold them.",
        "# A CustomLog of your own in that VirtualHost must end with  env=public",
        "CustomLog /dev/null common",
        "# A LogLevel of your own must stand before the Include, and may not name core.",
        "LogLevel core:crit",
        'SetEnvIf Request_URI "." public',
        # Also what is written otherwise: that may be refused before it is put in order.
        rf'SetEnvIfNoCase Request_URI "{PRIVATE}|%|/\.\." private !public',
        f'SetEnvIfNoCase Referer "{PRIVATE}" private !public',
        "TraceEnable off",
        "ServerSignature Off",
        f"ErrorDocument 403 {root}/404.html",
        f"ErrorDocument 404 {root}/404.html",
        f'RedirectMatch 404 "^{pattern}/_headers$"',
        r'RedirectMatch 404 "/\.(?!well-known/)"',
        '<Location "/">',
        "    SetHandler default-handler",  # files and nothing else: no listing, no program
        "    Options -Indexes -MultiViews",
        "    <IfModule mod_deflate.c>",
        "        AddOutputFilterByType DEFLATE text/html",
        "    </IfModule>",
        "    DirectoryIndex index.html",
        """    <If "-d '%{REQUEST_FILENAME}' && %{REQUEST_URI} !~ m#/$#">""",
        f'        RedirectMatch 301 "^(.*)$" "{address}$1/"',
        "    </If>",
        "    AddCharset utf-8 .html .css .js .txt",
        *(f"    AddType {kind} .{suffix}" for suffix, kind in TYPES.items()),
        '    <If "%{REQUEST_METHOD} !~ /^(GET|HEAD)$/">',
        '        RedirectMatch 405 "^"',
        "    </If>",
        *(f'    Header always set {name} "{value}"' for name, value in (_policy(POLICY), *_common(site_url))),
        "</Location>",
    ]
    # Apache lets the last that fits win.
    for folder, own in reversed(BY_FOLDER):
        exact = not folder.endswith("/")
        lines.append(f'<LocationMatch "^{pattern}{re.escape(folder)}{"$" if exact else ""}">')
        if exact:
            lines += [
                """    <If "-z reqenv('REDIRECT_STATUS')">""",
                '        RedirectMatch 404 "^"',
                "    </If>",
            ]
        if folder in UNLOGGED:
            # Once more for what is written otherwise, //c//x or /%63/x: here the path is put in order.
            lines += ['    SetEnvIf Request_URI "." private !public', "    LogLevel emerg"]
        policy = _policy(page_policy(own, site_url))
        lines += [f'    Header always set {name} "{value}"' for name, value in (policy, *own)]
        lines.append("</LocationMatch>")
    name, value = _policy(PDF_POLICY)
    lines += [
        f'<LocationMatch "{re.escape(PDFS)}$">',
        f'    Header always set {name} "{value}"',
        "</LocationMatch>",
    ]
    return "\n".join(lines) + "\n"


def caddy(site_url: str) -> str:
    """For inclusion in a site's block; its root is named there.

    Secret paths stay out of Caddy's access log, as does who comes from one. It logs a path as it was asked
    for, so that is looked at, not the path put in order. The variable for it has had two names.
    """
    root = site_root(site_url)
    shut = " ".join(f"{root}{_pattern(folder)}" for folder, own in BY_FOLDER if NO_INDEX in own)
    policies = {"@pdf": PDF_POLICY, "@shut": POLICY, "@open": page_policy((), site_url)}
    lines = [
        f"{FIRST} Import it into the site's block that holds root (the folder output/).",
        "@other not method GET HEAD",
        "respond @other 405",
        f"@unlogged vars_regexp {{http.request.orig_uri.path}} (?i){PRIVATE}",
        f"@from_unlogged header_regexp Referer (?i){PRIVATE}",
        *(
            f"vars {matcher} {name} true"
            for matcher in ("@unlogged", "@from_unlogged")
            for name in ("skip_log", "log_skip")
        ),
        "header {",
        *(f'\t{name} "{value}"' for name, value in _common(site_url)),
        "}",
        "@jws path *.jws",  # whose type Caddy does not know
        f"header @jws Content-Type {TYPES['jws']}",
        f"@pdf path *{PDFS}",
        "@shut {",
        f"\tpath {shut}",
        f"\tnot path *{PDFS}",
        "}",
        f"@open not path *{PDFS} {shut}",
        *(
            f'header {matcher} {name} "{value}"'
            for matcher, said in policies.items()
            for name, value in [_policy(said)]
        ),
    ]
    named: list[str] = []
    for folder, own in BY_FOLDER:
        pattern = f"{root}{_pattern(folder)}"
        name = "@" + (folder.strip("/").replace(".", "_") or "rest")
        if folder == "/":
            lines.append(f"{name} not path {' '.join(named)}")
        else:
            lines.append(f"{name} path {pattern}")
            named.append(pattern)
        lines += [f'header {name} {key} "{value}"' for key, value in own]
    lines += [
        "@hidden {",
        f"\tpath {root}/_headers {root}/404.html */.*",
        "\tnot path /.well-known/*",
        "}",
        "error @hidden 404",
        # What no file can be called Caddy answers with 500, and logs the path.
        f"@impossible path_regexp \\x00|[^/]{{{LONGEST + 1}}}",
        "error @impossible 404",
        "handle_errors {",
        f"\trewrite * {root}/404.html",
        *(f'\theader {name} "{value}"' for name, value in headers_for("/404.html", site_url)),
        "\tfile_server",
        "}",
        "encode gzip",
        "file_server {",
        "\tindex index.html",
        "}",
    ]
    return "\n".join(lines) + "\n"
