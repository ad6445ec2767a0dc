"""A bucket and what is done to it, by way of obstore: S3 and its like, Google Cloud Storage, Azure.

Many requests go at once, each is tried again with growing waits while the store fails or does not answer, and
no more than a file for each is in memory. What the library says is told in words without a key, as keys are
private pages' addresses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError, PreconditionError
from obstore.store import AzureStore, GCSStore, S3Store

from pipeline.errors import PublishError
from pipeline.publish.access import Access
from pipeline.rules.web.objects import object_headers

AT_ONCE = 64  # requests
BULK = 1000  # keys that one request may remove
SHA256 = "sha256"  # of a file's bytes, kept beside it
TRIES, FIRST_WAIT, LONGEST_WAIT = 6, 0.2, 10.0  # after a failure, seconds
GIVE_UP, TIMEOUT = 240, 180  # seconds after which no more is tried; for one request, over a slow line
NO_CREDENTIALS = "there are no credentials, neither in settings nor in the environment"
MEANINGS = {  # what the store's own words for a failure come to
    "NoSuchBucket": "there is no such bucket",
    "ContainerNotFound": "there is no such container",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret is not that of the access key",
    "AuthenticationFailed": "the account's key is refused",
    "AccessDenied": "these credentials may not do that",
    "AuthorizationFailure": "these credentials may not do that",
    "ExpiredToken": "the session token has expired",
    "PermanentRedirect": "the bucket is in another region",
    "AuthorizationHeaderMalformed": "the bucket is in another region",
    "SlowDown": "the store is overloaded",
}
UNPREPARED = {  # what the library says before a store was asked
    "MissingAccount": "PUBLISH_ACCOUNT is empty, which names the storage account",
    "InvalidAccessKey {": "PUBLISH_SECRET is no key of a storage account",
    "credential error": "the key file of the service account cannot be read",
    # It asked the machine's own provider for some, as there were none.
    "latest/api/token": NO_CREDENTIALS,
    "token request": NO_CREDENTIALS,
}
SILENCE = ("error sending request", "connection", "timed out", "timeout", "dns")
NOT_IMPLEMENTED = 501
REFUSED = (400, 401, 403, 404, 405, 409)  # nothing else says that it would not be granted a moment later
NO_BUCKET = "NoSuchBucket|ContainerNotFound"
T = TypeVar("T")


class _MissingError(Exception):
    """There is no such key."""


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing or a question about it shows it."""

    size: int
    e_tag: str  # without quotation marks; with many stores the MD5 of the bytes
    headers: dict[str, str] = field(default_factory=dict)  # with what is kept beside it; of a question alone


@dataclass(frozen=True)
class Kept:
    """An object's bytes, and what to name when it is to be replaced by nobody else meanwhile."""

    data: bytes
    version: dict[str, str]

    @property
    def e_tag(self) -> str:
        """Without quotation marks; with many stores the MD5 of the bytes."""
        return _bare(self.version.get("e_tag"))


class Bucket:
    """A bucket's part below a prefix. Paths are those below output/. Every method raises PublishError."""

    def __init__(self, target: str, access: Access, seconds: int = 0, *, signs: bool = True) -> None:
        """`seconds`: that one request may take, without being tried again; 0: as it is usual. `signs`: False
        for a stranger, who has no credentials."""
        self.target, self._signs = target, signs
        with self._in_words("cannot be used"):
            self._store = _open(target, access, seconds, signs)

    def each(self, items: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
        """Do this for all of them, many at once; the first failure ends it."""

        async def work(left: Iterator[T]) -> None:
            for item in left:
                await do(item)

        async def all_of_them() -> None:
            left = iter(items)
            await asyncio.gather(*(work(left) for _ in range(AT_ONCE)))

        asyncio.run(all_of_them())

    async def put(self, path: str, data: bytes, sha256: str) -> None:
        """Bring a file there, with the headers it is served with."""
        with self._in_words("was not updated"):
            await obstore.put_async(
                self._store,
                path,
                data,
                attributes={**object_headers(path), SHA256: sha256},
                use_multipart=False,
            )

    async def below(self, folder: str) -> dict[str, StoredObject]:
        """What lies below a folder, by its path from there."""
        found: dict[str, StoredObject] = {}
        async for path, stored in self._listed(folder):
            found[path.removeprefix(f"{folder}/")] = stored
        return found

    def everything(self) -> dict[str, StoredObject]:
        """All there is, by path."""

        async def collect() -> dict[str, StoredObject]:
            return {path: stored async for path, stored in self._listed(None)}

        return asyncio.run(collect())

    async def ask(self, path: str) -> StoredObject | None:
        """What is kept beside a file; None where there is none."""
        try:
            with self._in_words("could not be read"):
                answer = await obstore.get_async(self._store, path, options={"head": True})
        except _MissingError:
            return None
        meta = answer.meta
        return StoredObject(meta["size"], _bare(meta["e_tag"]), dict(answer.attributes))

    def read(self, path: str) -> Kept | None:
        """A file; None where there is none."""
        try:
            with self._in_words("could not be read"):
                answer = obstore.get(self._store, path)
                return Kept(bytes(answer.bytes()), _version(answer.meta))
        except _MissingError:
            return None

    def remove(self, paths: Sequence[str]) -> None:
        """Take these away; what is not there is no failure."""

        async def together(some: Sequence[str]) -> None:
            try:
                with self._in_words("was not updated"):
                    await obstore.delete_async(self._store, some)
            except _MissingError:  # Google and Azure, of one that is not there: the rest may be left
                for path in some:
                    with suppress(_MissingError), self._in_words("was not updated"):
                        await obstore.delete_async(self._store, path)

        self.each((paths[at : at + BULK] for at in range(0, len(paths), BULK)), together)

    def replace(self, path: str, data: bytes, former: Kept | None) -> bool:
        """Put this in the place of what was read before, or where nothing was; False where somebody else has
        put something there since. A store that knows no such condition puts it there all the same."""
        done = self._put_if(path, data, "create" if former is None else former.version)
        if done is None:
            with self._in_words("was not updated"):
                obstore.put(self._store, path, data, attributes=object_headers(path), use_multipart=False)
        return done is not False

    def refuses_a_second(self, path: str, data: bytes) -> bool:
        """Whether the store keeps what is there from somebody who believes that nothing is. `data`: what is
        there, as a store that does not refuse will put it there again."""
        return self._put_if(path, data, "create") is False

    def _put_if(self, path: str, data: bytes, mode: Any) -> bool | None:
        """Whether it was put there; None where the store knows no such condition."""
        with self._in_words("was not updated"):
            try:
                obstore.put(
                    self._store, path, data, mode=mode, attributes=object_headers(path), use_multipart=False
                )
            except (AlreadyExistsError, PreconditionError):
                return False
            except BaseError as error:
                if isinstance(error, NotSupportedError) or _status(error) == NOT_IMPLEMENTED:
                    return None
                raise
        return True

    def can_list(self) -> bool:
        """Whether it may be listed; no more than one page is asked for. Strangers may be refused, not we."""
        with self._in_words("cannot be listed"):
            try:
                next(obstore.list(self._store, chunk_size=1), None)
            except (BaseError, FileNotFoundError) as error:
                if self._signs or _status(error) not in REFUSED:
                    raise
                return False
        return True

    async def _listed(self, folder: str | None) -> AsyncIterator[tuple[str, StoredObject]]:
        with self._in_words("could not be listed"):
            async for some in obstore.list(self._store, folder, chunk_size=1000):
                for one in some:
                    yield one["path"], StoredObject(one["size"], _bare(one["e_tag"]))

    @contextmanager
    def _in_words(self, failure: str) -> Iterator[None]:
        """Raises _MissingError, for the caller alone, where there is no such key."""
        try:
            yield
        except (BaseError, FileNotFoundError, ValueError) as error:
            # Its text holds the key, and with it a token; so would the traceback's.
            if isinstance(error, FileNotFoundError) and not re.search(NO_BUCKET, str(error)):
                raise _MissingError from None
            raise PublishError(
                f"{self.target} {failure}: {_reason(error)}.",
                "Look at PUBLISH_TO and its credentials (certs doctor), then run certs publish: it goes on "
                "from there. No mail went out for what is not live.",
            ) from None


def _open(target: str, access: Access, seconds: int, signs: bool) -> Any:
    parts = urlsplit(target)
    wait = timedelta(seconds=seconds or TIMEOUT)
    common: dict[str, Any] = {
        "prefix": parts.path.strip("/") or None,
        "client_options": {"timeout": wait, "allow_http": access.endpoint.startswith("http:")},
        "retry_config": {
            "max_retries": 0 if seconds else TRIES,
            "retry_timeout": timedelta(seconds=seconds or GIVE_UP),
            "backoff": {
                "init_backoff": timedelta(seconds=FIRST_WAIT),
                "max_backoff": timedelta(seconds=LONGEST_WAIT),
            },
        },
    }
    if parts.scheme == "gs":
        of_google = {"base_url": access.endpoint, "service_account": str(access.key_file or "")}
        return GCSStore(parts.netloc, config=_given(of_google, signs), **common)
    if parts.scheme == "az":
        of_azure = {
            "account_name": access.account,
            "account_key": access.secret if signs else "",
            "endpoint": access.endpoint,
        }
        return AzureStore(parts.netloc, config=_given(of_azure, signs), **common)
    of_s3: dict[str, Any] = {
        "region": access.region,
        "aws_endpoint_url_s3": _s3_endpoint(parts.netloc, access),
    }
    if signs:
        of_s3 |= {"access_key_id": access.account, "secret_access_key": access.secret}
    if access.style:
        of_s3["virtual_hosted_style_request"] = access.style == "virtual"
    return S3Store(parts.netloc, config=_given(of_s3, signs), **common)


def _given(values: dict[str, Any], signs: bool) -> Any:
    """What settings say: what they leave empty must not hide what the environment says."""
    given = {name: value for name, value in values.items() if value not in ("", None)}
    return given if signs else {**given, "skip_signature": True}


def _s3_endpoint(bucket: str, access: Access) -> str:
    """With the bucket in the host's name where requests are to name it there."""
    if not access.endpoint or access.style != "virtual":
        return access.endpoint
    parts = urlsplit(access.endpoint)
    return parts._replace(netloc=f"{bucket}.{parts.netloc}").geturl()


def _version(meta: Any) -> dict[str, str]:
    return {name: meta[name] for name in ("e_tag", "version") if meta[name] is not None}


def _bare(e_tag: str | None) -> str:
    return (e_tag or "").strip('"')


def _status(error: Exception) -> int | None:
    found = re.search(r"status code: (\d{3})", str(error))
    return int(found[1]) if found else None


def _reason(error: Exception) -> str:
    """Why, without the key that its text holds."""
    text = str(error)
    for sign, meaning in UNPREPARED.items():
        if sign in text:
            return meaning
    code = re.search(r"<Code>(\w+)</Code>", text)
    if code:
        return MEANINGS.get(code[1], f"it answers {code[1]}")
    if status := _status(error):
        return f"it answers {status}"
    words = text.lower()
    if any(sign in words for sign in SILENCE):
        return "it does not answer"
    if "builder error" in words:
        return "PUBLISH_ENDPOINT is no address that can be asked"
    return f"{type(error).__name__}"
