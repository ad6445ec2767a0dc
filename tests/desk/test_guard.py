"""Nobody but who was given the key comes to the desk, whatever knocks; and what comes is bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from tests.support.college import College
from tests.support.desk_kit import ORIGIN, Browser, OpenDesk


@pytest.fixture
def desk(quick_college: College) -> OpenDesk:
    quick_college.take("course,L1,ana@example.org,Ana Alva,MD,yes,2025-10-01,5,,,")
    return OpenDesk(quick_college)


@pytest.fixture
def visitor(desk: OpenDesk) -> Browser:
    return desk.visitor()


def test_the_key_is_exchanged_for_a_cookie_and_leaves_the_address(desk: OpenDesk) -> None:
    """The cookie is out of reach of scripts and of other sites, and is sent to the desk's own place alone."""
    browser = desk.stranger()
    answer = browser.send("GET", f"?key={desk.sittings.key}", follows=False)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"] == desk.desk.address()
    assert all(word in cookie for word in ("httponly", "samesite=strict", f"path={desk.desk.address()}"))
    assert desk.sittings.key not in cookie + answer.headers["location"]


@pytest.mark.parametrize(
    "path", ["", "found?q=ana", "who", "person/0", "picture/0", "?key=", "?key=wrong", "?key=ä"]
)
def test_without_the_key_nothing_is_shown(desk: OpenDesk, path: str) -> None:
    """Neither people nor a form: one sentence says where the address stands."""
    browser = desk.stranger()
    answer = browser.get(path)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "ana" not in answer.text.replace("anage", "").lower()
    assert "<form" not in answer.text


def test_nothing_lies_outside_of_the_place(visitor: Browser) -> None:
    for path in ("/", "/found?q=ana", "/static/desk.js", "/desk-/", "/robots.txt"):
        assert visitor.get(path).status_code == HTTPStatus.NOT_FOUND


def test_every_answer_forbids_what_it_can(desk: OpenDesk, visitor: Browser) -> None:
    """Stored nowhere, framed nowhere, told to nobody, and no script but ours."""
    for answer in (visitor.get(), visitor.get("found?q=ana"), desk.stranger().get(), visitor.get("/nowhere")):
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8100",
        "localhost.evil.example:8100",
        "127.0.0.1@evil.example",
        "127.0.0.2:8100",
        "2130706433:8100",
        "0.0.0.0:8100",
        "127.0.0.1:",
        "127.0.0.1:8100 ",
        "localhost:8100:80",
        "LOCALHOST.:8100",
        "[::1%lo]:8100",
        "",
    ],
)
def test_a_foreign_name_that_leads_here_is_no_name_of_ours(visitor: Browser, host: str) -> None:
    """DNS rebinding: the page that makes the browser ask is another site's, and the name is too."""
    assert visitor.get(headers={"Host": host}).status_code == HTTPStatus.MISDIRECTED_REQUEST
    assert (
        visitor.post("who", headers={"Host": host}, actor="Mallory").status_code
        == HTTPStatus.MISDIRECTED_REQUEST
    )


@pytest.mark.parametrize("host", ["localhost:8100", "127.0.0.1:9000", "[::1]:8100", "localhost"])
def test_the_loopback_names_are_ours_at_any_port(desk: OpenDesk, host: str) -> None:
    """SSH forwards another port than ours."""
    browser = desk.stranger()
    browser.get(f"?key={desk.sittings.key}", headers={"Host": host})
    assert browser.post("who", headers={"Host": host, "Origin": f"http://{host}"}, actor="Ida").is_success


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8100", "Sec-Fetch-Site": ""},  # ours is called 127.0.0.1 here
        {"Origin": "http://127.0.0.1:8101", "Sec-Fetch-Site": ""},
        {"Origin": "https://127.0.0.1:8100", "Sec-Fetch-Site": ""},
        {"Origin": f"{ORIGIN}.evil.example", "Sec-Fetch-Site": ""},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": ""},
    ],
)
def test_another_page_posts_nothing(visitor: Browser, headers: dict[str, str]) -> None:
    """Even with the cookie and the form's token."""
    answer = visitor.post("who", headers=headers, actor="Mallory")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "You: Ida Lund" in (visitor.get(), visitor.words)[1]


def test_a_browser_that_says_no_site_is_judged_by_its_origin(visitor: Browser) -> None:
    """Older ones send Origin alone."""
    token = visitor.token or (visitor.get(), visitor.token)[1]
    answer = visitor.send("POST", "who", data={"token": token, "actor": "Ida"}, headers={"Origin": ORIGIN})
    assert answer.is_success


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_reads_and_frames_nothing(visitor: Browser, site: str) -> None:
    """Not by a script, a picture, a frame or a link to what is behind the entrance."""
    for path, mode, dest in (
        ("found?q=ana", "cors", "empty"),
        ("found?q=ana", "no-cors", "script"),
        ("static/desk.js", "no-cors", "script"),
        ("", "navigate", "iframe"),
        ("found?q=ana", "navigate", "document"),
    ):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        assert visitor.get(path, headers=headers).status_code == HTTPStatus.FORBIDDEN


def test_who_comes_by_a_file_is_led_on(desk: OpenDesk) -> None:
    """A browser keeps a strict cookie back on the way from a file: a page of ours goes on from there."""
    browser = desk.stranger()
    from_a_file = {"Sec-Fetch-Site": "cross-site"}
    answer = browser.send(
        "GET",
        f"?key={desk.sittings.key}",
        headers={**from_a_file, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        follows=False,
    )
    assert answer.status_code == HTTPStatus.SEE_OTHER
    browser.client.cookies.clear()
    page = browser.get(headers=from_a_file)
    assert f'content="0;url={desk.desk.address()}"' in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_no_other_method(visitor: Browser, method: str) -> None:
    answer = visitor.send(method, "")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    "path",
    [
        "static/../desk.html",
        "static/..%2f..%2f..%2fpipeline%2flock.py",
        "static/%2e%2e/%2e%2e/.env",
        "static//etc/passwd",
        "static/desk.js%00.png",
        "static/desk.css/",
        "picture/..%2f..%2fledger.sqlite3",
        "person/../../..",
        "person/1",
        "person/1/correct",
        "person/%00/correct",
    ],
)
def test_no_path_leads_to_a_file_or_to_a_row(visitor: Browser, path: str) -> None:
    """Files are known by name beforehand, people by names that the desk gave."""
    answer = visitor.get(path)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "import" not in answer.text


def test_bodies_are_bounded_before_they_are_read(visitor: Browser) -> None:
    """By what they say of themselves, and by what they are."""
    huge = visitor.post("who", actor="A" * 70_000)
    assert huge.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    headers = {"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"a=" + b"b" * 1000 + b"&"

    unsaid = visitor.send("POST", "who", content=parts(), headers=headers)
    assert unsaid.status_code == HTTPStatus.LENGTH_REQUIRED
    lying = visitor.send("POST", "who", content=b"a" * 100_000, headers={**headers, "Content-Length": "10"})
    assert lying.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    many = visitor.send("POST", "who", content="&".join(f"f{i}=" for i in range(500)), headers=headers)
    assert many.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
    assert "You: Ida Lund" in (visitor.get(), visitor.words)[1]


def test_a_form_without_its_token_does_nothing(visitor: Browser) -> None:
    other = visitor.desk.visitor("Ole Berg")
    for token in ("", "wrong", "ä", other.token or (other.get(), other.token)[1]):
        assert visitor.post("who", token=token, actor="Mallory").status_code == HTTPStatus.FORBIDDEN
        assert "You: Ida Lund" in (visitor.get(), visitor.words)[1]


def test_a_file_in_a_form_is_not_taken(visitor: Browser) -> None:
    answer = visitor.send(
        "POST",
        "who",
        files={"actor": ("x.csv", b"a,b")},
        headers={"Origin": ORIGIN},
    )
    assert answer.status_code == HTTPStatus.BAD_REQUEST
