"""`keep_local`: `push` removes what the store has for long enough, and every command knows what is only there."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding, opened
from storing import Bucket, configure, spoiled

from archive import Disk, Place, Pushed, Reader, Store, StoreFailed, pull, push, reindex, warc_date
from archive.cli import main as archive
from archive.remote.journal import OnlyStored
from archive.remote.store import Patience
from archive.write.merging import merge
from archive.write.set_aside import remove
from crawler.from_warc.recovery import recover
from crawler.store.frontier import Frontier

DAY = timedelta(days=1)
LATER = NOON + 60 * DAY
SOON = "0.000001s"
FAST = Patience(answer=0.5, connection=0.5, waits=(0.01,), rest=10.0)


@pytest.fixture
def disk(holding: Holding, tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    configure(f"file://{tmp_path}/disk", keep=SOON)
    return tmp_path / "disk"


def says(disk: Path) -> str:
    text = f"only in file://{disk}, as remote.jsonl says: `warcpress audit --sample 5%` reads some such files there"
    return f"{text}, `warcpress verify --remote` all"


def warcs(holding: Holding) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in holding.layout.warc.iterdir()}


def pushed(
    holding: Holding, disk: Path, at: datetime, keep: timedelta | None = 30 * DAY, by: Disk | None = None
) -> Pushed:
    return push(holding.layout.root, Store(Place(f"file://{disk}")), keep=keep, clock=lambda: at, disk=by)


def test_a_file_goes_when_the_store_has_had_it_for_long_enough(disk: Path, holding: Holding) -> None:
    kept = warcs(holding)
    assert pushed(holding, disk, NOON).removed == 0
    assert pushed(holding, disk, NOON + 30 * DAY - timedelta(seconds=1)).removed == 0
    assert pushed(holding, disk, LATER, keep=None).removed == 0
    assert warcs(holding) == kept
    done = pushed(holding, disk, NOON + 30 * DAY)
    assert (done.removed, done.freed) == (2, sum(map(len, kept.values())))
    assert warcs(holding) == {}
    assert {path.name: path.read_bytes() for path in (disk / "warc").iterdir()} == kept
    lines = [json.loads(line) for line in (holding.layout.root / "remote.jsonl").read_text().splitlines()]
    gone = [(line["key"], line["at"]) for line in lines if not line.get("local", True)]
    assert gone == [(f"warc/{name}", warc_date(NOON)) for name in sorted(kept)]
    again = pushed(holding, disk, LATER)
    assert (again.files, again.before, again.removed, again.problems) == (0, 2, 0, [])


def test_what_push_says(disk: Path, holding: Holding, warcpress) -> None:
    size = sum(map(len, warcs(holding).values()))
    done = warcpress("push")
    assert done.code == 0
    text = f"{holding.layout.root}: 2 WARC files removed ({size:,} bytes), which the store has"
    assert done.err.splitlines()[-1] == text
    assert "only in the store: 2 WARC files more, " in warcpress("status").out
    summary = json.loads(warcpress("status", "--json", "-").out.splitlines()[-1])["summary"]
    assert (summary["sealed_files"], summary["remote_files"], summary["remote_bytes"]) == (0, 2, size)
    held = holding.layout.lock()
    holding.run({BRIDGE: SHORT}, NOON + DAY + timedelta(hours=1))
    with held:
        done = warcpress("push")
    assert done.code == 0
    text = "a run holds the folder, so no file was removed; a later push removes them"
    assert done.err.splitlines()[-1] == f"{holding.layout.root}: {text}"
    assert len(warcs(holding)) == 1


def test_what_a_killed_run_left_stays_until_the_catalogue_has_it(disk: Path, holding: Holding, warcpress) -> None:
    before = holding.layout.catalogue.read_bytes()
    holding.run({DAM: SHORT}, NOON + 2 * DAY)
    holding.layout.catalogue.write_bytes(before)  # as if it was killed after its file was sealed
    done = warcpress("push")
    text = "1 WARC file not removed: the catalogue lacks rows of a run that was killed; the next run adds them"
    assert (done.code, done.err.splitlines()[-1]) == (0, f"{holding.layout.root}: {text}")
    assert len(warcs(holding)) == 1
    with opened(holding.layout) as catalogue, closing(Frontier(holding.layout.frontier, lambda: LATER, ())) as due:
        recover(holding.layout, catalogue, due)
    assert warcpress("push").code == 0
    assert warcs(holding) == {}
    assert "The work will cost four million." in warcpress("show", DAM).out


@pytest.mark.parametrize("spoil", ["gone", "cut", "other line", "no answer", "cut here"])
def test_nothing_is_removed_that_the_store_is_not_seen_to_have(disk: Path, holding: Holding, spoil: str) -> None:
    pushed(holding, disk, NOON)
    kept = warcs(holding)
    name = sorted(kept)[0]
    there, journal = disk / "warc" / name, holding.layout.root / "remote.jsonl"
    if spoil == "gone":
        there.unlink()
    elif spoil == "cut":
        there.write_bytes(kept[name][:-1])
    elif spoil == "other line":
        text = journal.read_text()
        [line] = [line for line in text.splitlines() if name in line]
        journal.write_text(text.replace(line, json.dumps({**json.loads(line), "sha256": "0" * 64})))
    elif spoil == "no answer":
        shutil.move(disk, f"{disk}-away")
        with pytest.raises(StoreFailed):
            pushed(holding, disk, LATER)
        assert warcs(holding) == kept
        return
    else:
        (holding.layout.warc / name).write_bytes(kept[name][:-1])
        kept[name] = kept[name][:-1]
    done = pushed(holding, disk, LATER)
    assert warcs(holding) == {name: kept[name]}
    if spoil in ("gone", "cut"):
        [problem] = done.problems
        assert problem.startswith(f"warc/{name}: not removed here: it ")


class Killed(BaseException):
    """The process dies here."""


class Dying(Disk):
    """A disk whose process dies before, or after, the removal of a file, or in the line before it."""

    def __init__(self, point: str) -> None:
        self.point = point

    def write(self, file: int, content: bytes) -> None:
        if b'"local":false' not in content or self.point in ("before", "after"):
            return super().write(file, content)
        super().write(file, content if self.point == "line" else content[: len(content) // 2])
        raise Killed

    def remove(self, path: Path) -> None:
        if self.point == "before":
            raise Killed
        super().remove(path)
        raise Killed


@pytest.mark.parametrize("point", ["half a line", "line", "before", "after"])
def test_a_push_that_is_killed_at_any_point_of_a_removal_loses_nothing(
    disk: Path, holding: Holding, warcpress, point: str
) -> None:
    pushed(holding, disk, NOON)
    kept = warcs(holding)
    with pytest.raises(Killed):
        pushed(holding, disk, LATER, by=Dying(point))
    assert len(warcs(holding)) == (1 if point == "after" else 2)
    reader = Reader(holding.layout.root)
    assert reader.files() == sorted(kept)
    assert len(reader.files_here()) == len(warcs(holding))
    assert warcpress("audit").code == 0
    assert pushed(holding, disk, LATER).problems == []
    assert warcs(holding) == {}
    assert warcpress("pull").code == 0
    assert warcs(holding) == kept


def test_pull_brings_a_file_back_for_as_long_as_a_new_one(disk: Path, holding: Holding) -> None:
    kept = warcs(holding)
    pushed(holding, disk, NOON)
    pushed(holding, disk, LATER)
    name = sorted(kept)[1]
    pull(holding.layout.root, Store(Place(f"file://{disk}")), [name], clock=lambda: LATER)
    assert warcs(holding) == {name: kept[name]}
    assert pushed(holding, disk, LATER + DAY).removed == 0
    (holding.layout.warc / name).unlink()
    assert OnlyStored(holding.layout.root).of(name) is None, "it is lost here: it was to stay"


def test_every_command_reads_from_the_store(disk: Path, holding: Holding, tmp_path: Path, warcpress) -> None:
    words = (
        ("show", BRIDGE),
        ("show", "--part", "page", BRIDGE),
        ("show", "--part", "response", DAM),
        ("show", "--part", "request", DAM),
        ("show", "--at", f"{NOON + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", BRIDGE),
        ("search", "engineers"),
        ("history", BRIDGE, "1..2"),
        ("export", "--versions", "-"),
        ("list",),
    )

    def told() -> list[tuple[int, str]]:
        return [(done.code, done.out) for done in (warcpress(*some) for some in words)]

    before = told()
    assert warcpress("push").code == 0
    assert warcs(holding) == {}
    assert told() == before
    shutil.rmtree(holding.layout.posts)
    assert told() == before
    assert warcpress("render", "--dry-run").code == 0
    assert warcpress("pack", "all.wacz").code == 0
    with ZipFile("all.wacz") as package:
        names = [name for name in package.namelist() if name.startswith("archive/")]
        assert {Path(name).name: package.read(name) for name in names} == {
            path.name: path.read_bytes() for path in (disk / "warc").iterdir()
        }
    assert warcpress("pack", "one.wacz", BRIDGE).code == 0
    assert warcpress("verify", "one.wacz").code == 0
    assert warcpress("verify", "--remote").code == 0


def test_the_audit_says_what_it_did_not_read_and_reads_a_sample_there(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    done = warcpress("audit", "--json", "-")
    *findings, last = map(json.loads, done.out.splitlines())
    assert (done.code, findings) == (0, [])
    names = sorted(path.name for path in (disk / "warc").iterdir())
    assert last["summary"]["not_read"] == [{"file": f"warc/{name}", "reason": says(disk)} for name in names]
    done = warcpress("audit", "--sample", "100%", "--json", "-")
    *findings, last = map(json.loads, done.out.splitlines())
    assert (done.code, findings) == (0, [])
    assert (last["summary"]["files"], last["summary"]["not_read"]) == (2, [])
    path = disk / "warc" / names[0]
    path.write_bytes(path.read_bytes()[:-9] + b"!" + path.read_bytes()[-8:])
    done = warcpress("audit", "--sample", "100%", "--json", "-")
    assert done.code == 1
    assert {json.loads(line).get("file") for line in done.out.splitlines()[:-1]} == {f"warc/{names[0]}"}


def test_a_false_remote_jsonl_hides_no_deleted_file(disk: Path, holding: Holding, warcpress) -> None:
    pushed(holding, disk, NOON)
    pushed(holding, disk, LATER)
    names = sorted(path.name for path in (disk / "warc").iterdir())
    for name in names:  # as if the lines were made up, and the files deleted
        (disk / "warc" / name).unlink()
    done = warcpress("audit", "--sample", "50%", "--json", "-")
    *findings, last = map(json.loads, done.out.splitlines())
    [left] = last["summary"]["not_read"]
    reason = f"not in today's sample of 0.5; {says(disk)}"
    assert left["reason"] == reason
    [missing] = [one for one in findings if one["check"] == 31]
    assert {missing["file"], left["file"]} == {f"warc/{name}" for name in names}
    assert (done.code, missing["severity"]) == (1, "error")
    assert missing["message"].startswith("the file is missing; sealed at ")
    assert warcpress("verify", "--remote").code == 1


@pytest.mark.parametrize("size", ["1e400", "-5", "0", '"9"', "true", "99999999999999999999999"])
def test_a_line_with_another_size_counts_for_nothing(disk: Path, holding: Holding, warcpress, size: str) -> None:
    assert warcpress("push").code == 0
    journal = holding.layout.root / "remote.jsonl"
    journal.write_text(re.sub(r'"size":\d+', f'"size":{size}', journal.read_text()))
    assert OnlyStored(holding.layout.root).files() == {}
    assert warcpress("status").code == 0
    done = warcpress("audit")
    assert (done.code, done.out.count("the file is missing; sealed at ")) == (1, 2)


def test_the_check_of_seals_counts_what_it_left_out(
    disk: Path, holding: Holding, warcpress, capfd: pytest.CaptureFixture[str]
) -> None:
    assert warcpress("push").code == 0
    assert archive(["verify", str(holding.layout.root), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["summary"]["only_in_store"] == 2


def test_another_store_is_not_said_to_have_lost_files(disk: Path, holding: Holding, tmp_path: Path, warcpress) -> None:
    assert warcpress("push").code == 0
    (tmp_path / "other").mkdir()
    configure(f"file://{tmp_path}/other", keep=SOON)
    done = warcpress("push")
    names = sorted(path.name for path in (disk / "warc").iterdir())
    assert (done.code, done.err.splitlines()[:2]) == (
        1,
        [f"warc/{name}: not put: it is only in file://{disk}: `warcpress pull` from there first" for name in names],
    )


def test_a_lost_index_is_told(disk: Path, holding: Holding, warcpress, capfd: pytest.CaptureFixture[str]) -> None:
    assert warcpress("push").code == 0
    root = holding.layout.root
    [index] = (root / "index").glob("*.cdxj")
    index.write_bytes(b"damaged " + index.read_bytes())
    assert archive(["index", str(root)]) == 0
    assert f"{root / 'index'}: 1 line of the old index can't be read\n" in capfd.readouterr().err
    shutil.rmtree(root / "index")
    assert archive(["index", str(root)]) == 0
    text = "2 WARC files that are only in the store: `warcpress pull` and then `warcpress rebuild` make them again"
    assert f"{root}: the index has no lines of {text}\n" in capfd.readouterr().err


def test_some_files_here_and_some_in_the_store(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    configure(f"file://{disk}", keep="30d")
    holding.run({BRIDGE: LONG}, NOON + 2 * DAY)
    assert warcpress("audit").code == 0
    assert warcpress("push").code == 0
    assert len(warcs(holding)) == 1
    rows, index = holding.rows(), list(holding.layout.index().iterate())
    assert reindex(holding.layout.root).damaged == []
    assert list(holding.layout.index().iterate()) == index
    assert warcpress("render", "--dry-run").code == 0  # finds records by their ids
    assert warcpress("show", "--part", "page", "--at", f"{NOON + DAY:%Y-%m-%dT%H:%M:%SZ}", BRIDGE).code == 0
    assert merge(holding.layout.root, 1 << 20, clock=lambda: LATER) == []
    assert holding.rows() == rows
    refused = warcpress("rebuild")
    size = sum(path.stat().st_size for path in (disk / "warc").iterdir()) - sum(map(len, warcs(holding).values()))
    assert (refused.code, refused.err) == (
        2,
        f"warcpress rebuild: {holding.layout.root}: 2 WARC files are only in the store ({size:,} bytes): "
        "run `warcpress pull` first\n",
    )
    assert warcpress("pull").code == 0
    assert warcpress("rebuild").code == 0
    assert holding.rows() == rows
    assert warcpress("audit").code == 0


def test_a_list_that_is_lost_is_made_again(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    (holding.layout.root / "remote.jsonl").unlink()
    assert warcpress("audit").code == 1
    configure(f"file://{disk}", keep="1d")
    assert warcpress("push").code == 0
    assert warcpress("audit").code == 0
    assert warcpress("show", BRIDGE).code == 0


def test_a_file_that_is_missing_here_though_all_should_stay_is_told(disk: Path, holding: Holding) -> None:
    pushed(holding, disk, NOON, keep=None)
    name = sorted(warcs(holding))[0]
    (holding.layout.warc / name).unlink()
    (holding.layout.root / "remote.jsonl").unlink()
    done = pushed(holding, disk, LATER, keep=None)
    assert done.problems == [f"warc/{name}: missing here; file://{disk} has it: `warcpress pull` brings it back"]


def test_a_file_that_is_taken_out_of_the_archive_is_not_read_from_the_store(
    disk: Path, holding: Holding, warcpress
) -> None:
    assert warcpress("push").code == 0
    name = Reader(holding.layout.root).files()[0]
    remove(holding.layout.warc / name, "a court said so")
    assert Reader(holding.layout.root).files() == Reader(holding.layout.root).files()[-1:]
    assert all(line.file != name for line in holding.layout.index().iterate())


def test_only_the_store_of_the_configuration_is_asked(
    disk: Path, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warcpress("push").code == 0
    shutil.rmtree(holding.layout.posts)
    configure("file:///other", keep=SOON)
    done = warcpress("show", BRIDGE)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"WARC files are only in file://{disk}, which [remote] url does not name" in done.err
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    journal = holding.layout.root / "remote.jsonl"
    journal.write_text(journal.read_text().replace(f"file://{disk}", "s3://bucket/x"))
    configure("s3://bucket/x", keep=SOON)
    done = warcpress("show", BRIDGE)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "the environment has no AWS_ACCESS_KEY_ID and no AWS_SECRET_ACCESS_KEY; some WARC files" in done.err
    configure(f"file://{disk}", keep=SOON)
    journal.write_text(journal.read_text().replace("s3://bucket/x", f"file://{disk}"))
    assert warcpress("show", BRIDGE).code == 0


def test_one_record_takes_few_requests(
    bucket: Bucket, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fault(_number: int, method: str, path: str) -> str:
        asked.append(f"{method} {path.partition('?')[0].rpartition('/')[2]}")
        return ""

    with spoiled(bucket.port, fault) as (port, _):
        configure(f"s3://{bucket.name}", f"http://127.0.0.1:{port}", keep=SOON)
        assert warcpress("push").code == 0
        shutil.rmtree(holding.layout.posts)
        asked.clear()
        assert warcpress("show", BRIDGE).code == 0
        assert [words.split()[0] for words in asked] == ["GET"]
        asked.clear()
        assert warcpress("search", "engineers").code == 0
        assert len(asked) == 2, "two posts, in two files"


@pytest.mark.parametrize(("kind", "reason"), [("500", "it answers 500"), ("hang", "no answer in time")])
def test_a_store_that_fails_is_one_line(
    bucket: Bucket, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch, kind: str, reason: str
) -> None:
    configure(f"s3://{bucket.name}", bucket.endpoint, keep=SOON)
    assert warcpress("push").code == 0
    shutil.rmtree(holding.layout.posts)
    monkeypatch.setattr("archive.remote.store.READING", FAST)
    monkeypatch.setattr("archive.READING", FAST, raising=False)
    with spoiled(bucket.port, lambda *_: kind) as (port, made):
        configure(f"s3://{bucket.name}", f"http://127.0.0.1:{port}", keep=SOON)
        for words in (("show", BRIDGE), ("export", "-"), ("audit", "--sample", "50%")):
            done = warcpress(*words)
            assert (done.code, done.err.splitlines()[-1].count(reason)) == (4, 1), done.err
            assert "Traceback" not in done.err
        made.clear()
        done = warcpress("search", "engineers")
        assert (done.code, reason in done.out) == (0, True)
    closed = Place(f"s3://{bucket.name}", f"http://127.0.0.1:{port}")
    with pytest.raises(StoreFailed, match="it can't be reached"):
        pull(holding.layout.root, Store(closed, patience=FAST))
    configure(f"s3://{bucket.name}", bucket.endpoint, keep=SOON)
    assert warcpress("show", BRIDGE).code == 0
