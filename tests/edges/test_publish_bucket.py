"""A bucket is brought to what output/ holds, whatever state it was killed in, at the cost of what changed; it
is not used where anybody can list it. The store is moto's server, behind a gate that counts."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from pipeline.errors import EmptyHostError, PublishError
from pipeline.publish import (
    Access,
    Changes,
    HostRecord,
    check_access,
    compare_host,
    fetch,
    prove_gone,
    prove_live,
    publish,
    read_mark,
    store,
    write_mark,
)
from pipeline.rules.web.objects import rules_digest, stamps_of_public
from tests.support.bucket import Bucket, bucket_server
from tests.support.publish_site import Site
from tests.support.site_people import number, token

pytestmark = pytest.mark.starts


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with bucket_server() as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    server.empty()
    monkeypatch.setattr(store, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(store, "LONGEST_WAIT", 0.002)
    return server


@pytest.fixture
def site(tmp_path: Any) -> Site:
    return Site(tmp_path / "output").start().person(1).person(2).person(3)


class Office:
    """A machine with a ledger: what it knows of the bucket, and how far it has come."""

    def __init__(self, bucket: Bucket, site: Site) -> None:
        self.bucket, self.site = bucket, site
        self.public: dict[str, str] = {}
        self.leaving: list[str] = []
        self.left: set[bytes] = set()  # marks of this ledger
        self.entries = 0
        self.told: list[str] = []
        self.proves = True

    def publish(self, **how: Any) -> Changes:
        """As the workflow does it: it looks at the mark, publishes, and notes what was proved."""
        seen = read_mark(self.bucket.target, self.bucket.access)
        return self.go_on(seen, **how)

    def go_on(self, seen: bytes | None, *, is_part: bool = False, **how: Any) -> Changes:
        self.entries += 1
        mark = json.dumps({"entries": self.entries}).encode()
        self.left.add(mark)
        host = HostRecord(seen, seen in self.left, dict(self.public), self.foresee)
        site = self.site
        record = site.record_of(dict(site.must), dict(site.published), is_part=is_part, host=host)
        changes = publish(
            site.output,
            self.bucket.target,
            record,
            mark,
            access=self.bucket.access,
            site_url=self.bucket.url,
            tell=self.told.append,
            **how,
        )
        if self.proves:
            assert prove_live(self.bucket.url, record.links(record.changed), output=site.output)
            assert prove_gone(self.bucket.url, {*changes.removed, *record.gone})
        site.note()
        self.public = stamps_of_public(record.public)
        return changes

    def foresee(self, sent: Any, removed: Any) -> None:
        """Noted before anything is done, whatever happens then."""
        self.leaving = list(removed)
        for path in sent:
            if path.startswith(("c/", "verify/")):
                self.site.published.setdefault("/".join(path.split("/")[:2]), "")
            else:
                self.public.setdefault(path, "")

    def killed(self, at: int) -> bool:
        """Publish, with a store that fails for good from that write on; whether there were so many."""
        writes = 0

        def fault(kind: str, _path: str) -> int | None:
            nonlocal writes
            if kind in ("put", "delete"):
                writes += 1
            return 403 if writes >= at and kind in ("put", "delete") else None

        self.bucket.fault = fault
        try:
            self.publish()
        except PublishError as error:
            secretless(self.site, error)
        finally:
            self.bucket.fault = lambda _kind, _path: None
        return writes >= at


@pytest.fixture
def office(bucket: Bucket, site: Site) -> Office:
    return Office(bucket, site)


@pytest.fixture
def live(office: Office) -> Office:
    """With all three published, and nothing counted."""
    office.publish()
    office.bucket.asked.clear()
    return office


def secretless(site: Site, error: BaseException) -> None:
    text = "".join(traceback.format_exception(error))
    assert not [secret for secret in site.secrets if secret in text]


def there(office: Office) -> dict[str, bytes]:
    """What lies in the bucket, without the mark."""
    found = office.bucket.files()
    found.pop(".certs-mark.json", None)
    return found


def wanted(site: Site) -> dict[str, bytes]:
    """What the build made, but for the file of headers."""
    paths = [path for path in site.public if path != "_headers"]
    for link in site.links:
        paths += [f"{link.page}/{name}" for name in link.names]
    return {path: (site.output / path).read_bytes() for path in paths}


class TestSending:
    def test_bucket_equals_output(self, office: Office) -> None:
        """What the build made and nothing else, counted, and proved by the site's address."""
        office.site.stray("c/.half-written", "never")
        office.site.stray("b.tar", "never")
        changes = office.publish()
        assert there(office) == wanted(office.site)
        assert (changes.added, changes.changed, changes.removed) == (6 + 9, 0, ())

    def test_headers(self, live: Office) -> None:
        """The type with its character set, and how long it may be kept: what is private nowhere."""
        bucket, page = live.bucket, f"c/{token(1)}"
        html, pdf, css = (
            bucket.headers(path)
            for path in (f"{page}/index.html", f"{page}/certificate-v1.pdf", "theme/site.css")
        )
        assert html["content-type"] == "text/html; charset=utf-8"
        assert html["cache-control"] == pdf["cache-control"] == "private, no-store"
        assert pdf["content-type"] == "application/pdf"
        assert css["content-type"] == "text/css; charset=utf-8"
        assert css["cache-control"] == "public, max-age=600"
        assert bucket.headers("index.html")["cache-control"] == "no-cache"

    def test_nothing_changed(self, live: Office) -> None:
        """No write, no removal and no listing: one look at the mark, and one before it is judged."""
        assert not live.publish()
        assert dict(live.bucket.asked) == {"get": 2}

    def test_a_change_costs_what_it_changes(self, live: Office) -> None:
        live.site.person(2, version=2)
        changes = live.publish()
        assert there(live) == wanted(live.site)
        assert (changes.added, changes.changed, len(changes.removed)) == (1, 2, 1)
        asked = live.bucket.asked
        assert asked["put"] == 3 + 2  # the mark, and a second one that the store must refuse
        assert asked["delete"] == 1
        assert asked["list"] == 2 + 2  # below either page; and a stranger's two

    def test_public_files(self, live: Office) -> None:
        live.site.write("index.html", "<p>another</p>")
        live.site.write("activities/two/index.html", "<p>two</p>")
        live.site.remove("activities/one/index.html")
        changes = live.publish()
        assert there(live) == wanted(live.site)
        assert (changes.added, changes.changed) == (1, 1)
        assert changes.removed == ("activities/one/index.html",)
        assert live.bucket.asked["list"] == 0

    def test_one_person(self, live: Office) -> None:
        """The help desk looks at one person's pages alone."""
        live.site.person(2, version=2)
        everybody = live.site.must
        live.site.must = {
            page: stamp for page, stamp in everybody.items() if token(2) in page or number(2) in page
        }
        published, live.site.published = live.site.published, dict(live.site.must)
        live.site.published = {page: published[page] for page in live.site.must}
        live.publish(is_part=True)
        live.site.must = everybody
        assert there(live) == wanted(live.site)

    def test_one_person_where_nothing_is_yet(self, office: Office) -> None:
        with pytest.raises(EmptyHostError):
            office.publish(is_part=True)
        assert there(office) == {}

    def test_other_rules_for_headers_send_all_anew(
        self, live: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A new version of the program may keep the same files with other headers."""
        monkeypatch.setattr("pipeline.rules.web.objects.WITH_CHARSET", ())
        monkeypatch.setattr(
            "pipeline.publish.bucket.object_headers", lambda _path: {"Cache-Control": "other"}
        )
        assert rules_digest() != live.public["_headers"]
        assert live.publish().changed == 6 + 9

    def test_pdfs_are_there_before_the_pages_that_offer_them(self, office: Office) -> None:
        order: list[str] = []

        def fault(kind: str, path: str) -> None:
            if kind == "put":
                order.append(path.rpartition("/")[2] if "/c/" in path else "other")

        office.bucket.fault = fault
        office.publish()
        assert order.index("index.html") > max(at for at, name in enumerate(order) if name.endswith(".pdf"))

    def test_a_file_that_changes_meanwhile_is_not_sent(self, office: Office) -> None:
        """What the build had made was looked at; what lies there now is something else."""
        pdf = office.site.output / "c" / token(1) / "certificate-v1.pdf"
        pdf.chmod(0o644)
        pdf.write_bytes(b"%" * pdf.stat().st_size)
        with pytest.raises(PublishError, match="changed in output"):
            office.publish()
        assert f"c/{token(1)}/index.html" not in there(office)


class TestRemoving:
    def test_a_person_who_goes(self, live: Office) -> None:
        live.site.without(3)
        changes = live.publish()
        assert there(live) == wanted(live.site)
        assert len(changes.removed) == 3

    def test_strays_below_a_page_that_changes(self, live: Office) -> None:
        live.bucket.put(f"c/{token(1)}/left.pdf", b"by whom?")
        live.site.person(1, version=2)
        live.publish()
        assert there(live) == wanted(live.site)

    def test_a_foreign_bucket_is_left_alone(self, office: Office) -> None:
        office.bucket.put("thesis.pdf", b"somebody's")
        with pytest.raises(PublishError, match="is not this site"):
            office.publish()
        assert there(office) == {"thesis.pdf": b"somebody's"}

    def test_unexplained_removals(self, live: Office) -> None:
        """A ledger that lost somebody does not take their page away."""
        for page in [*live.site.must]:
            if page.endswith((token(3), number(3))):
                del live.site.must[page], live.site.published[page]
        with pytest.raises(PublishError, match="would remove 3 files"):
            live.publish(full=True)
        live.publish(full=True, allow=3)
        assert there(live) == wanted(live.site)

    def test_what_begins_with_a_dot_is_the_hosts_own(self, live: Office) -> None:
        live.bucket.put(".well-known/security.txt", b"theirs")
        live.publish(full=True)
        assert there(live)[".well-known/security.txt"] == b"theirs"


class TestFaults:
    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_a_failing_request_is_tried_again(self, office: Office, status: int) -> None:
        """Each write fails twice."""
        seen: dict[tuple[str, str], int] = {}

        def fault(kind: str, path: str) -> int | None:
            seen[kind, path] = seen.get((kind, path), 0) + 1
            return status if kind in ("put", "delete") and seen[kind, path] < 3 else None

        office.bucket.fault = fault
        office.publish()
        office.site.without(3)
        office.publish()
        assert there(office) == wanted(office.site)

    def test_not_for_ever(self, office: Office) -> None:
        office.bucket.fault = lambda kind, path: 503 if kind == "put" and "/c/" in path else None
        with pytest.raises(PublishError, match="the store is overloaded") as caught:
            office.publish()
        secretless(office.site, caught.value)

    def test_killed_anywhere(self, bucket: Bucket, site: Site) -> None:
        """Somebody was corrected, somebody left; wherever that came to an end, it is run again."""
        for at in range(1, 99):
            bucket.empty()
            office = Office(bucket, site)
            for who in (1, 2, 3):
                site.person(who)
            site.published = {}
            office.publish()
            site.person(4).person(1, version=2).without(3)
            was_killed = office.killed(at)
            site.without(4)  # and is gone before anybody published again
            office.publish()
            assert there(office) == wanted(site), at
            if not was_killed:
                break
        assert 9 < at < 99

    @pytest.mark.parametrize(
        ("target", "access", "words"),
        [
            ("s3://nobodys-bucket", {}, "there is no such bucket"),
            ("s3://certificates", {"endpoint": "http://127.0.0.1:1"}, "does not answer"),
        ],
    )
    def test_a_bucket_that_cannot_be_used(
        self, bucket: Bucket, target: str, access: dict[str, str], words: str
    ) -> None:
        how = type(bucket.access)(**{**vars(bucket.access), **access})
        with pytest.raises(PublishError, match=words):
            check_access(target, 5, how)
        with pytest.raises(PublishError, match=words) as caught:
            read_mark(target, how)
        assert "a secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("target", "access", "words"),
    [
        ("az://files", Access(), "PUBLISH_ACCOUNT is empty"),
        ("az://files", Access(account="college", secret="no key!"), "PUBLISH_SECRET is no key"),
        ("gs://bucket", Access(key_file=Path("/none/key.json")), "the key file of the service account"),
        ("s3://bucket", Access(), "there are no credentials"),
    ],
)
def test_lacking_credentials(
    target: str, access: Access, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lacking is said, without what was given."""
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(PublishError, match=words) as caught:
        check_access(target, 3, access)
    assert "no key!" not in "".join(traceback.format_exception(caught.value))


def test_the_environment_says_what_settings_leave_empty(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the names of the providers' own tools; a stranger has none of it."""
    access = office.bucket.access
    for name, value in (
        ("AWS_ACCESS_KEY_ID", access.account),
        ("AWS_SECRET_ACCESS_KEY", access.secret),
        ("AWS_REGION", access.region),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Bucket, "access", Access(access.endpoint))
    office.publish()
    assert there(office) == wanted(office.site)
    office.bucket.is_open = True
    office.site.person(4)
    with pytest.raises(PublishError, match="Anybody can list"):
        office.publish()


class TestListing:
    def test_a_bucket_that_anybody_can_list(self, office: Office) -> None:
        """Nothing is sent, neither private nor public."""
        office.bucket.is_open = True
        with pytest.raises(PublishError, match="Anybody can list s3://certificates"):
            office.publish()
        assert office.bucket.files() == {}
        office.bucket.is_open = False
        office.publish()

    @pytest.mark.parametrize("question", ["list-type=2", "versions"])
    def test_a_website_that_hands_the_question_on(self, office: Office, question: str) -> None:
        office.bucket.hands_on = question
        with pytest.raises(PublishError, match=rf"Anybody can list http://127.0.0.1:\d+/\?{question}"):
            office.publish()
        assert office.bucket.files() == {}

    def test_a_website_that_shows_a_folder(self, office: Office) -> None:
        """As a front does that makes pages of lists."""
        office.publish()
        office.bucket.put("c/index.html", b"<a href=...>")
        office.site.person(4)
        with pytest.raises(PublishError, match="c/, and so has"):
            office.publish()
        assert f"c/{token(4)}/index.html" not in there(office)

    @pytest.mark.parametrize("page", ["", '<link rel="stylesheet" href="../theme/site.css">'])
    def test_a_website_that_lists_what_our_own_page_stands_for(self, office: Office, page: str) -> None:
        """At verify/ our own page is right, and a list in its place is not, even one in our colours."""
        office.publish()
        office.bucket.put("verify/index.html", f'{page}<a href="{number(1)}/">'.encode())
        office.site.person(4)
        with pytest.raises(PublishError, match="verify/, and so has"):
            office.publish()
        assert f"c/{token(4)}/index.html" not in there(office)

    def test_a_website_that_sends_to_an_open_store(self, office: Office) -> None:
        store = f"http://127.0.0.1:{office.bucket.port}/{office.bucket.name}"
        office.bucket.sends = lambda path: f"{store}{path}"
        with pytest.raises(PublishError, match=f"Anybody can list {store}/"):
            office.publish()
        assert office.bucket.files() == {}

    @pytest.mark.parametrize("status", [200, 404])
    def test_a_website_that_sends_home(self, office: Office, status: int) -> None:
        """Whoever asks for c/ is sent to the front page, or to one of their own: neither is a list."""
        office.publish()
        office.site.person(4)
        office.bucket.sends = lambda path: f"/{status}/" if path in ("/c/", "/verify/") else ""
        if status == 200:
            office.bucket.put("200/index.html", b"Welcome")
        office.publish()
        assert f"c/{token(4)}/index.html" in there(office)

    @pytest.mark.parametrize(
        ("sends", "why"),
        [(lambda path: path, "sends on and on"), (lambda _path: "http://127.0.0.1:1/", "refused")],
    )
    def test_a_website_that_sends_nowhere(self, office: Office, sends: Any, why: str) -> None:
        office.bucket.sends = sends
        with pytest.raises(PublishError, match=why):
            office.publish()
        assert office.bucket.files() == {}

    def test_what_is_gone_goes_all_the_same(self, live: Office) -> None:
        """Whoever is erased does not wait until the bucket is closed."""
        live.bucket.is_open = True
        live.site.without(3)
        live.publish()
        assert there(live) == wanted(live.site)

    @pytest.mark.parametrize("status", [500, 503, 429, 301])
    def test_a_store_that_fails_may_list_later(self, office: Office, status: int) -> None:
        """Only a refusal is one."""
        office.bucket.to_strangers = status
        with pytest.raises(PublishError, match="cannot be listed"):
            office.publish()
        assert office.bucket.files() == {}

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_website_that_fails_may_list_later(self, office: Office, status: int) -> None:
        office.bucket.to_visitors = status
        with pytest.raises(PublishError, match=f"status {status}"):
            office.publish()
        assert office.bucket.files() == {}

    def test_a_website_that_does_not_answer(self, office: Office, bucket: Bucket) -> None:
        with pytest.raises(PublishError, match="cannot be seen whether it lists"):
            publish(
                office.site.output,
                bucket.target,
                office.site.record,
                b"1",
                access=bucket.access,
                site_url="http://127.0.0.1:1",
            )
        assert bucket.files() == {}


class TestAnotherStore:
    """One whose ETags are no MD5, as Azure's are: obstore's own, in memory."""

    def test_publish_compare_and_remove(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        memory = MemoryStore()
        monkeypatch.setattr(store, "_open", lambda *_: memory)
        monkeypatch.setattr("pipeline.publish.bucket.refuse_open_listing", lambda *_: None)
        office.proves = False
        assert office.publish().added == 6 + 9
        assert not office.publish()
        office.site.person(2, version=2).without(3)
        assert len(office.publish().removed) == 4
        memory.put("index.html", b"x" * 17)
        memory.delete("404.html")
        found = compare_host(office.site.output, office.bucket.target, office.site.record)
        assert (found.added, found.changed, found.removed) == (1, 1, ())
        office.publish(full=True)
        assert not compare_host(office.site.output, office.bucket.target, office.site.record)


class TestTwoMachines:
    def test_the_second_is_refused(self, live: Office) -> None:
        """Both looked at the mark, then one published."""
        seen = read_mark(live.bucket.target, live.bucket.access)
        live.site.person(4)
        other = Office(live.bucket, live.site)
        other.left, other.public = set(live.left), dict(live.public)
        other.entries = 70
        live.publish()
        before = live.bucket.files()
        with pytest.raises(PublishError, match="Another machine publishes"):
            other.go_on(seen)
        assert live.bucket.files() == before

    def test_at_the_same_moment(self, live: Office) -> None:
        """The other's mark comes in between the last look and the write: the store itself refuses."""

        def fault(kind: str, path: str) -> None:
            if kind == "put" and path.endswith("mark.json"):
                live.bucket.fault = lambda _kind, _path: None
                write_mark(live.bucket.target, b"of another", live.bucket.access)

        live.site.person(4)
        live.bucket.fault = fault
        with pytest.raises(PublishError, match="Another machine publishes"):
            live.publish()
        assert f"c/{token(4)}/index.html" not in live.bucket.files()

    def test_a_store_without_conditions(self, office: Office) -> None:
        """It is said, and the mark is read back."""
        office.bucket.refuses_second = False
        office.publish()
        assert [line for line in office.told if "knows no conditional writes" in line]

    def test_a_store_that_refuses_conditions(self, office: Office) -> None:
        """What it does not know it answers with 501: then the mark goes there without."""
        office.bucket.knows_conditions = False
        office.publish()
        assert [line for line in office.told if "knows no conditional writes" in line]
        assert there(office) == wanted(office.site)

    def test_another_ledgers_bucket_is_compared_whole(self, live: Office) -> None:
        """What another left there is unknown: all is looked at, and what differs is sent."""
        live.bucket.put("index.html", b"other")
        live.left.clear()
        write_mark(live.bucket.target, b"of an older ledger", live.bucket.access)
        assert live.publish().changed == 1
        assert there(live) == wanted(live.site)


class TestAudit:
    def test_full_finds_what_nobody_noted(self, live: Office) -> None:
        """Bytes, a size, a header, one that is lacking, one too many."""
        bucket = live.bucket
        kept = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}
        page = (live.site.output / "index.html").read_bytes()
        bucket.put("index.html", page[::-1], **kept, **{"x-amz-meta-sha256": live.site.public["index.html"]})
        bucket.put("404.html", b"longer than it was", **kept)
        bucket.put(
            "activities/one/index.html",
            (live.site.output / "activities/one/index.html").read_bytes(),
            **{**kept, "Cache-Control": "public"},
        )
        bucket.put("verify/old/index.html", b"")
        bucket.ask("DELETE", bucket._key("robots.txt"))
        found = compare_host(live.site.output, bucket.target, live.site.record, bucket.access)
        assert (found.added, found.changed, found.removed) == (1, 3, ("verify/old/index.html",))
        live.publish(full=True, allow=1)
        assert there(live) == wanted(live.site)
        assert not compare_host(live.site.output, bucket.target, live.site.record, bucket.access)

    def test_what_was_lost_is_fetched(self, live: Office, tmp_path: Any) -> None:
        names = [(f"c/{token(who)}/certificate-v1.pdf", 0) for who in (1, 9)]
        found = list(fetch(live.bucket.target, names, tmp_path, live.bucket.access))
        assert found == [b"%PDF person 1 version 1"]
