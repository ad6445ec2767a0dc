"""Bench: a meeting's 65,000 files to a bucket that answers in 30 ms, and then nothing new to it.

A store of our own takes them on loopback: it waits before each answer, as a store far away does, and keeps no
more than the mark. The limit is 90 s. Memory is that of the publish alone: the same for a tenth of the files.

python -m tests.bench.bucket [FILES]
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import resource
import sys
import time
from dataclasses import replace
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.publish import Access, HostRecord, Record, publish
from pipeline.rules.web.objects import stamps_of_public
from pipeline.rules.web.pages import PageFile
from tests.bench.place import place
from tests.support.site_people import number, token

DELAY = 0.03  # seconds until an answer
LIMIT, BEGIN = 90, 5  # seconds for 65,000 files; of these to begin with, however few there are
PDF, PAGE = 77_000, 4_000  # bytes
MARK = "mark.json"
ANSWER = b"\r\n".join(
    (
        b"HTTP/1.1 %d X",
        b'ETag: "e"',
        b"Last-Modified: Wed, 01 Jan 2025 00:00:00 GMT",
        b"Content-Length: %d\r\n\r\n",
    )
)
EMPTY = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


def main(files: int) -> None:
    """Of 13 files 5 are PDFs, 5 verification pages and 3 pages of participants: 15,000 people, 25,000
    certificates."""
    here, there = multiprocessing.Pipe()
    store = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    store.start()
    port = here.recv()
    with place(memory=True) as folder:
        people = files * 3 // 13
        record, output = meeting(folder, people, files * 5 // 13)
        access = Access(f"http://127.0.0.1:{port}", account="a", secret="b")
        sent = measure(output, access, record, None, port)
        again = HostRecord(b"mark", is_ours=True, public=stamps_of_public(record.public))
        known = replace(record, changed=(), host=again)
        nothing = measure(output, access, known, b"mark", port)
    store.kill()
    limit = BEGIN + (LIMIT - BEGIN) * files / 65_000
    print(json.dumps({"files": files, "limit_s": round(limit, 1), "first": sent, "again": nothing}, indent=2))
    if sent["s"] > limit:
        sys.exit(f"a publish took {sent['s']} s, and {limit:.0f} s is its limit")


def measure(output: Path, access: Access, record: Record, mark: bytes | None, port: int) -> dict[str, float]:
    """Seconds, CPU of this process, and by how much its memory grew meanwhile."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    site = f"http://127.0.0.1:{port}/site"
    publish(output, "s3://bucket", record, mark or b"mark", access=access, site_url=site)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "s": round(seconds, 2),
        "cpu_s": round(cpu, 2),
        "MB": round((after.ru_maxrss - before.ru_maxrss) / 1024),
    }


def meeting(folder: Path, people: int, certificates: int) -> tuple[Record, Path]:
    """All PDFs are one file, all pages another: what costs time is that they are many."""
    output = folder / "output"
    pdf, page = folder / "pdf", folder / "page"
    pdf.write_bytes(os.urandom(PDF))
    page.write_bytes(os.urandom(PAGE))
    of_pdf, of_page = (sha256(one.read_bytes()).hexdigest() for one in (pdf, page))
    files: dict[str, list[PageFile]] = {}
    pages = [f"c/{token(index)}" for index in range(people)]
    pages += [f"verify/{number(index)}" for index in range(certificates)]
    for path in pages:
        (output / path).mkdir(parents=True)
        os.link(page, output / path / "index.html")
    for index in range(certificates):
        mine = files.setdefault(token(index % people), [])
        mine.append(PageFile(f"acr-{index}.pdf", PDF, of_pdf))
        os.link(pdf, output / "c" / token(index % people) / mine[-1].name)
    (output / "index.html").write_bytes(page.read_bytes())
    record = Record(
        changed=sorted(pages),
        gone=(),
        all_pages=lambda: sorted(pages),
        required_among=lambda some: some,
        sent=(),
        files=lambda tokens: {one: files.get(one, []) for one in tokens},
        digests=lambda some: dict.fromkeys(some, of_page),
        public={"index.html": of_page},
    )
    return record, output


def serve(port: Connection) -> None:
    """The store, and the website before it, which shows nothing."""
    kept: dict[str, bytes] = {}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            method, path = head.split(b" ", 2)[:2]
            found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            body = await reader.readexactly(int(found[1])) if found else b""
            is_signed = b"\r\nauthorization:" in head.lower()
            await asyncio.sleep(DELAY)
            status, answer = _answer(kept, method.decode(), path.decode(), body, head, is_signed)
            writer.write(ANSWER % (status, len(answer)) + answer)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=1 << 20)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _answer(
    kept: dict[str, bytes], method: str, path: str, body: bytes, head: bytes, is_signed: bool
) -> tuple[int, bytes]:
    if not is_signed:
        return 403, b""
    if method == "PUT":
        if path.endswith(MARK):
            if b"\r\nif-none-match:" in head.lower() and path in kept:
                return 412, b""
            kept[path] = body
        return 200, b""
    if path in kept:
        return 200, kept[path]
    return (200, EMPTY) if "list-type" in path else (404, b"<Error><Code>NoSuchKey</Code></Error>")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 65_000)
