"""Files are written whole or not at all, and never outside their folder, even with links planted in it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from nobody import as_nobody, let_through

from crawler.errors import StorageFailed
from crawler.store.files import write_file, write_files


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_post_is_written_as_utf8_below_folders_that_are_made(tmp_path):
    path = write_file(tmp_path / "posts", "guancha/2022/03/18-x.md", "观察者网\n".encode())
    assert path == tmp_path / "posts/guancha/2022/03/18-x.md"
    assert everything(tmp_path) == {"posts/guancha/2022/03/18-x.md": "观察者网\n".encode()}


def test_a_second_version_takes_the_place_of_the_first_and_leaves_nothing_else(tmp_path):
    write_file(tmp_path, "a/b.md", b"one, and longer than two")
    write_file(tmp_path, "a/b.md", b"two")
    assert everything(tmp_path) == {"a/b.md": b"two"}


def test_many_files_at_once(tmp_path):
    write_files(tmp_path, [(f"{n % 3}/{n}.bin", bytes([n]) * n) for n in range(20)])
    assert everything(tmp_path) == {f"{n % 3}/{n}.bin": bytes([n]) * n for n in range(20)}


@pytest.mark.parametrize("relative", ["../x", "a/../../x", "/etc/x", "a//b", "", ".", "a/.", "a\0b", "a\\..\\b", "a/"])
def test_P1_a_path_that_leaves_the_folder_is_refused(tmp_path, relative):
    root = tmp_path / "root"
    with pytest.raises(StorageFailed, match="is not the path of a file inside"):
        write_file(root, relative, b"x")
    assert everything(tmp_path) == {}


def test_P2_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "guancha").symlink_to(outside)
    with pytest.raises(StorageFailed, match=r"guancha/x\.md: "):
        write_file(root, "guancha/x.md", b"x")
    assert everything(outside) == {}


def test_P2_a_link_in_the_place_of_the_file_is_replaced_and_what_it_led_to_stays(tmp_path):
    root, secret = tmp_path / "root", tmp_path / "secret"
    root.mkdir()
    secret.write_bytes(b"secret")
    (root / "x.md").symlink_to(secret)
    (root / ".x.md.part").symlink_to(secret)
    write_file(root, "x.md", b"post")
    assert secret.read_bytes() == b"secret" and not (root / "x.md").is_symlink()
    assert everything(root) == {"x.md": b"post"}


def test_P2_the_root_itself_may_be_a_link_of_the_user(tmp_path):
    (tmp_path / "hexo").mkdir()
    (tmp_path / "posts").symlink_to(tmp_path / "hexo")
    write_file(tmp_path / "posts", "x.md", b"post")
    assert everything(tmp_path / "hexo") == {"x.md": b"post"}


def test_a_temporary_file_of_a_killed_run_is_replaced(tmp_path):
    (tmp_path / ".x.md.part").write_bytes(b"half")
    write_file(tmp_path, "x.md", b"whole")
    assert everything(tmp_path) == {"x.md": b"whole"}


def test_a_folder_in_the_place_of_the_file_is_one_clear_line(tmp_path):
    (tmp_path / "x.md").mkdir()
    with pytest.raises(StorageFailed, match=r"x\.md: .*then run again"):
        write_file(tmp_path, "x.md", b"post")
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("step", ["open", "write", "fsync", "rename"])
def test_R1_the_disk_fails_at_any_step_and_the_old_file_stays(tmp_path, monkeypatch, step):
    write_file(tmp_path, "a/x.md", b"old")
    real = getattr(os, step)

    def failing(*args, **keywords):
        if step == "open" and not args[1] & os.O_CREAT:
            return real(*args, **keywords)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, failing)
    with pytest.raises(StorageFailed, match=r"a/x\.md: No space left on device"):
        write_file(tmp_path, "a/x.md", b"new")
    monkeypatch.undo()
    assert everything(tmp_path) == {"a/x.md": b"old"}


def test_R1_a_write_that_takes_only_a_part_goes_on(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, body: real(handle, body[:3]))
    write_file(tmp_path, "x", b"0123456789")
    assert (tmp_path / "x").read_bytes() == b"0123456789"


def test_W3_bytes_are_synced_before_the_rename_and_the_folder_after_it(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    steps: list[str] = []
    sync, rename = os.fsync, os.rename
    kind = lambda handle: "folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file"  # noqa: E731, PTH112

    def noted(step: str, result: object) -> object:
        steps.append(step)
        return result

    monkeypatch.setattr(os, "fsync", lambda handle: noted(f"fsync {kind(handle)}", sync(handle)))
    monkeypatch.setattr(os, "rename", lambda *args, **kw: noted("rename", rename(*args, **kw)))
    write_files(tmp_path, [("a/x", b"1"), ("a/y", b"2")])
    assert steps == ["fsync file", "rename", "fsync file", "rename", "fsync folder"]


def test_R2_a_folder_without_write_access_is_one_clear_line(memory_path: Path):
    folder = memory_path / "a"
    folder.mkdir()
    let_through(folder)
    folder.chmod(0o555)

    def write() -> None:
        with pytest.raises(StorageFailed, match="Permission denied"):
            write_file(memory_path, "a/x.md", b"post")

    as_nobody(write)


def test_no_handle_is_left_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    (tmp_path / "link").symlink_to(tmp_path)
    for relative in ("a/b/c", "link/x", "../x"):
        try:
            write_file(tmp_path, relative, b"x")
        except StorageFailed:
            continue
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
