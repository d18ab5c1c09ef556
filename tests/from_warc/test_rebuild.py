"""A rebuild from the WARC files alone gives the same rows and bytes; a dry run lists the changes."""

from __future__ import annotations

import pytest
from holding import Holding
from nobody import as_nobody, let_through

from crawler.errors import Locked
from crawler.from_warc.rebuild import rebuild

PATH = "herald/2026/03/05-bridge.md"


def files(holding: Holding) -> dict[str, bytes]:
    """Return every file of the data folder except lock and database logs."""
    root = holding.layout.root
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


def test_rebuilt_rows_and_posts_equal_the_old_ones(holding: Holding) -> None:
    rows, posts = holding.rows(), holding.posts()
    holding.layout.catalogue.unlink()
    for path in holding.layout.posts.rglob("*.md"):
        path.unlink()
    outcome = rebuild(holding.layout)
    assert (outcome.posts, outcome.changed, outcome.exit_code) == (2, sorted(posts), 0)
    assert holding.posts() == posts and holding.rows() == rows
    assert (holding.layout.media / "aa/bb/bridge.png").exists()
    assert not [path for path in holding.layout.root.iterdir() if path.name.startswith(".rebuild")]


def test_a_dry_run_tells_what_would_change_and_writes_nothing(holding: Holding) -> None:
    (holding.layout.posts / PATH).write_text("spoilt")
    holding.rows()
    before = files(holding)
    outcome = rebuild(holding.layout, dry_run=True)
    lines = outcome.lines()
    assert lines[:2] == ["2 posts, 1 file would be written", f"  {PATH}"]
    assert lines[2] == "catalogue: 6 captures, 2 files, 3 images, 3 pages, 2 posts, 0 states, 3 versions"
    assert files(holding) == before


def test_a_dry_run_needs_no_write_access(holding: Holding) -> None:
    holding.rows()
    let_through(holding.layout.root)
    holding.layout.root.chmod(0o555)
    before = files(holding)

    def run() -> None:
        with pytest.raises(PermissionError):
            (holding.layout.root / "probe").touch()  # this user may really not write
        assert rebuild(holding.layout, dry_run=True).lines()[0] == "2 posts, 0 files would be written"

    try:
        as_nobody(run)
    finally:
        holding.layout.root.chmod(0o755)
    assert files(holding) == before


def test_C5_a_rebuild_closes_the_files_of_earlier_releases_to_other_users(holding: Holding) -> None:
    root = holding.layout.root
    private = [".lock", "catalogue.sqlite", "frontier.sqlite", "index/digests.sqlite", "runs/1.json", "runs/2.json"]
    published = [*holding.layout.warc.iterdir(), *holding.layout.posts.rglob("*.md")]
    holding.layout.runs.mkdir(exist_ok=True)
    for path in (*(root / name for name in private), *published, root / "outside"):
        path.touch()
        path.chmod(0o644)
    (holding.layout.runs / "link.json").symlink_to(root / "outside")
    rebuild(holding.layout)
    assert {(root / name).stat().st_mode & 0o777 for name in private} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (*published, root / "outside")} == {0o644}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_rebuild_fails_at_once_while_a_run_holds_the_lock(holding: Holding, dry_run: bool) -> None:
    with holding.layout.lock(), pytest.raises(Locked, match=r"another run holds this folder.*; wait for its end"):
        rebuild(holding.layout, dry_run=dry_run)


def test_a_damaged_file_is_reported_and_the_rest_is_rebuilt(holding: Holding) -> None:
    first, second = sorted(holding.layout.warc.iterdir())
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) - 40])
    outcome = rebuild(holding.layout)
    assert outcome.exit_code == 1 and len(outcome.unreadable) == 1
    assert outcome.lines()[-1].startswith(f"can't be read: {first.name}:")
    assert outcome.lines()[-1].endswith("; `warcpress audit` tells more")
    assert "four million" in holding.posts()[PATH]
    assert second.name in str(holding.rows())
