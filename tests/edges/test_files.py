"""Writing, linking and removing: what others see meanwhile, and what a kill leaves."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline import files


def test_what_a_killed_run_left_beside_stops_nobody(tmp_path: Path) -> None:
    """Read-only or half-written: it is written over, and nothing of it stays."""
    place, beside = tmp_path / "a.pdf", tmp_path / f"a.pdf{files.BESIDE}"
    beside.write_bytes(b"half of something longer")
    beside.chmod(0o444)
    files.replace(str(place), b"whole")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.pdf": b"whole"}
    files.write_new(beside, b"again", 0o400)
    assert beside.stat().st_mode & 0o777 == 0o400


def test_nothing_takes_its_place_before_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files first, then their names, then the folder that holds the names."""
    done: list[str] = []
    sync, replace = files.sync, os.replace
    monkeypatch.setattr(
        files,
        "sync",
        lambda paths: (done.append(f"sync {len(paths)}"), sync(paths)),  # type: ignore[func-returns-value]
    )
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("replace"), replace(*names)))  # type: ignore[func-returns-value]
    monkeypatch.chdir(tmp_path)
    pairs = [(tmp_path / f"{at}{files.BESIDE}", Path(f"{at}")) for at in range(2)]
    for here, _ in pairs:
        files.write_new(here, b"x")
    files.put_in_place(pairs)
    assert done == ["sync 2", "replace", "replace", "sync 1"]
    assert sorted(os.listdir(tmp_path)) == ["0", "1"]


@pytest.mark.parametrize("code", files.NO_LINK, ids=errno.errorcode.get)
def test_where_no_link_can_be_a_copy_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """With the bytes, the time and the permissions, so that it is known again as the same file."""
    source, copy = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"x")
    source.chmod(0o444)
    os.utime(source, (1, 1))
    refuse(monkeypatch, code)
    assert not files.link_or_copy(source, copy)
    assert (copy.read_bytes(), copy.stat().st_mtime, copy.stat().st_mode & 0o777) == (b"x", 1, 0o444)


def test_a_full_disk_is_no_reason_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other refusal is an error, and nothing lies there."""
    (tmp_path / "a").write_bytes(b"x")
    refuse(monkeypatch, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        files.link_or_copy(tmp_path / "a", tmp_path / "b")
    assert os.listdir(tmp_path) == ["a"]


def refuse(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def link(source: Path, destination: Path) -> None:
        raise OSError(code, os.strerror(code), source, None, destination)

    monkeypatch.setattr(os, "link", link)


def test_removal_never_follows_a_link(tmp_path: Path) -> None:
    """A link goes, what it points to stays; a folder goes with all in it; nothing there is no error."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_bytes(b"x")
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "link").symlink_to(kept, target_is_directory=True)
    (tmp_path / "link").symlink_to(kept, target_is_directory=True)
    assert [files.remove(tmp_path / name) for name in ("link", "gone", "gone", "nowhere/at/all")] == [
        True,
        True,
        False,
        False,
    ]
    assert (kept / "file").is_file()
    files.empty(kept)
    assert (os.listdir(kept), kept.stat().st_mode & 0o777) == ([], 0o700)
    assert files.scan(kept / "file") == files.scan(tmp_path / "nowhere") == {}
