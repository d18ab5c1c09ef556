"""`push`, `pull` and `verify --remote`: with moto's S3, with a folder, and with a store that fails half of the time."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
import pytest
from holding import BRIDGE, NOON, SHORT, Holding
from obstore.store import S3Store
from storing import ID, SECRET, Bucket, configure, spoiled
from wire_server import WireServer, body

from archive import Place, Store, StoreFailed, push
from archive.remote.store import PIECE, Patience
from archive.write.merging import merge

ROOT = Path(__file__).parents[2]
FAST = Patience(answer=0.5, connection=0.5, waits=(0.01,) * 7)


@pytest.fixture(params=["s3", "file"])
def place(request: pytest.FixtureRequest, holding: Holding, tmp_path: Path) -> Place:
    if request.param == "file":
        (tmp_path / "my disk").mkdir()
        return configured(Place(f"file://{tmp_path}/my%20disk"))
    bucket: Bucket = request.getfixturevalue("bucket")
    return configured(Place(f"s3://{bucket.name}/a/b", bucket.endpoint))


@pytest.fixture
def disk(holding: Holding, tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    configured(Place(f"file://{tmp_path}/disk"))
    return tmp_path / "disk"


def configured(place: Place) -> Place:
    """Name a store in warcpress.toml."""
    configure(place.url, place.endpoint)
    return place


def warcs(holding: Holding) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in holding.layout.warc.iterdir()}


def there(place: Place) -> dict[str, bytes]:
    """All objects of a store, by the library itself."""
    if place.url.startswith("file:"):
        folder = Path(unquote(urlsplit(place.url).path))
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    parts = urlsplit(place.url)
    bucket = S3Store(parts.netloc, endpoint=place.endpoint, region="us-east-1", client_options={"allow_http": True})
    prefix = parts.path.strip("/")
    keys = [one["path"] for some in obstore.list(bucket, prefix or None) for one in some]
    return {key.removeprefix(f"{prefix}/"): bytes(obstore.get(bucket, key).bytes()) for key in keys}


def test_what_is_sealed_goes_there_and_comes_back(place: Place, holding: Holding, warcpress) -> None:
    done = warcpress("push")
    assert (done.code, done.err.splitlines()[-1]) == (
        0,
        f"{place.url}: 2 files put ({sum(map(len, warcs(holding).values())):,} bytes), 0 before; "
        "2 lines of the manifest, 1 of the index",
    )
    objects = there(place)
    assert {key: value for key, value in objects.items() if key.startswith("warc/")} == {
        f"warc/{name}": content for name, content in warcs(holding).items()
    }
    manifest = (holding.layout.root / "manifest.jsonl").read_bytes()
    assert objects["manifest/00000001.jsonl"] == manifest
    assert warcpress("verify", "--remote").code == 0
    again = warcpress("push")
    assert again.err.endswith("0 files put (0 bytes), 2 before; 0 lines of the manifest, 0 of the index\n")
    assert there(place) == objects

    kept, posts = warcs(holding), sorted(path.read_bytes() for path in holding.layout.posts.rglob("*.md"))
    rows = holding.rows()
    shutil.rmtree(holding.layout.root)
    back = warcpress("pull")
    assert (back.code, back.err.splitlines()[-1]) == (
        0,
        "`warcpress rebuild` makes posts and catalogue from these files",
    )
    assert warcs(holding) == kept
    assert (holding.layout.root / "manifest.jsonl").read_bytes() == manifest
    assert warcpress("rebuild").code == 0
    assert holding.rows() == rows
    assert sorted(path.read_bytes() for path in holding.layout.posts.rglob("*.md")) == posts
    assert warcpress("audit").code == 0


def test_the_manifest_grows_there_and_a_merged_file_is_put_beside_its_parts(
    place: Place, holding: Holding, warcpress
) -> None:
    assert warcpress("push").code == 0
    before = there(place)
    holding.run({BRIDGE: SHORT}, NOON + timedelta(days=1, hours=1))
    merged = merge(holding.layout.root, 1 << 20, clock=lambda: NOON + timedelta(days=9))
    assert len(merged) == 1
    assert len(merged[0].parts) == 2
    assert warcpress("push").code == 0
    after = there(place)
    assert before.items() <= after.items()
    manifest = (holding.layout.root / "manifest.jsonl").read_bytes()
    assert b"".join(after[key] for key in sorted(after) if key.startswith("manifest/")) == manifest
    assert after[f"warc/{merged[0].file}"] == warcs(holding)[merged[0].file]
    kept = warcs(holding)
    shutil.rmtree(holding.layout.warc)
    assert warcpress("pull").code == 0
    assert warcs(holding) == kept
    assert warcpress("verify", "--remote").code == 0


def test_a_file_that_went_bad_here_is_not_put_and_the_others_are(disk: Path, holding: Holding, warcpress) -> None:
    bad, good = sorted(holding.layout.warc.iterdir())
    bad.write_bytes(bad.read_bytes()[:-1] + b"!")
    done = warcpress("push")
    assert done.code == 1
    assert f"warc/{bad.name}: not as it was sealed, so not put: `audit` has the details" in done.err.splitlines()
    assert [path.name for path in (disk / "warc").iterdir()] == [good.name]
    assert f"warc/{bad.name}: missing" in warcpress("verify", "--remote").out
    assert not any(bad.name in line for line in (holding.layout.root / "remote.jsonl").read_text().splitlines())


def test_a_file_that_goes_bad_after_it_was_put_is_brought_back(disk: Path, holding: Holding, warcpress) -> None:
    kept = warcs(holding)
    assert warcpress("push").code == 0
    bad, cut = sorted(holding.layout.warc.iterdir())
    bad.write_bytes(bad.read_bytes()[:-1] + b"!")
    cut.write_bytes(cut.read_bytes()[:-1])
    assert f"{holding.layout.root}: 1 file brought" in warcpress("pull").err
    assert warcpress("pull", f"data/warc/{bad.name}").code == 0
    assert warcs(holding) == kept
    unknown = warcpress("pull", "no-such.warc.gz")
    assert (unknown.code, unknown.err.count("\n")) == (2, 1)


def test_nothing_is_put_of_a_manifest_whose_chain_is_broken(disk: Path, holding: Holding, warcpress) -> None:
    path = holding.layout.root / "manifest.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first.replace(b'"records":', b'"records":1') + second)
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert list(disk.iterdir()) == []


def test_an_unfinished_line_of_the_manifest_is_left_for_the_next_push(disk: Path, holding: Holding, warcpress) -> None:
    path = holding.layout.root / "manifest.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"v":1,"kind":"sea')
    assert warcpress("push").code == 0
    assert (disk / "manifest/00000001.jsonl").read_bytes() == whole


def test_a_file_that_has_its_line_but_not_yet_its_name_is_put(disk: Path, holding: Holding, warcpress) -> None:
    kept = warcs(holding)
    last = sorted(holding.layout.warc.iterdir())[-1]
    last.rename(last.with_name(f"{last.name}.open"))
    assert warcpress("push").code == 0
    assert {path.name: path.read_bytes() for path in (disk / "warc").iterdir()} == kept


def test_a_push_that_ends_badly_is_told(holding: Holding, warcpress) -> None:
    with WireServer(lambda *_: body(b"")) as hook:
        configured(Place("file:///no/such/disk"))
        with Path("warcpress.toml").open("a") as file:
            file.write(f'[notify]\nurl = "{hook.url("/")}"\n')
        assert warcpress("push").code == 4
        [message] = [json.loads(exchange.request.partition(b"\r\n\r\n")[2]) for exchange in hook.exchanges]
    assert (message["command"], message["exit_code"]) == ("push", 4)


def test_an_object_with_other_bytes_is_told_and_stays_as_it_is(place: Place, holding: Holding, warcpress) -> None:
    name = sorted(warcs(holding))[0]
    Store(place).put(f"warc/{name}", b"another file")
    done = warcpress("push")
    told = [line for line in done.err.splitlines() if name in line and not line.startswith("putting")]
    assert (done.code, told) == (
        1,
        [
            f"warc/{name}: what {place.url} has under this name is wrong: 12 bytes, not {len(warcs(holding)[name])}; "
            "nothing is overwritten there"
        ],
    )
    assert there(place)[f"warc/{name}"] == b"another file"
    compared = warcpress("verify", "--remote", "--json")
    assert compared.code == 1
    message, summary = map(json.loads, compared.out.splitlines())
    assert message == {"v": 1, "message": f"warc/{name}: 12 bytes, not {len(warcs(holding)[name])}"}
    assert (summary["summary"]["files"], summary["summary"]["wrong"]) == (2, 1)
    (holding.layout.warc / name).unlink()
    assert warcpress("pull").code == 1
    assert not (holding.layout.warc / name).exists()
    assert not list(holding.layout.warc.glob("*.importing"))


def test_rot_in_the_store_is_found(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    path = sorted((disk / "warc").iterdir())[1]
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    done = warcpress("verify", "--remote")
    assert (done.code, done.out) == (1, f"warc/{path.name}: other bytes: its sha256 is another\n")


def test_a_sample_reads_a_part_of_the_files(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    done = warcpress("verify", "--remote", "--sample", "50%", "--json")
    summary = json.loads(done.out)["summary"]
    assert (done.code, summary["files"], summary["left_out"]) == (0, 1, 1)


def test_keys_are_for_packages_and_refused_for_a_store(disk: Path, holding: Holding, warcpress) -> None:
    done = warcpress("verify", "--remote", "--key", "keeper.pem")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--remote compares bytes: --key, --authority and --roots are for a package" in done.err


def test_two_archives_do_not_mix_at_one_place(place: Place, holding: Holding, tmp_path: Path, warcpress) -> None:
    assert warcpress("push").code == 0
    objects = there(place)
    other = Holding(tmp_path / "other")
    other.run({BRIDGE: SHORT}, NOON + timedelta(days=40))
    for command in (("push",), ("pull",), ("verify", "--remote")):
        done = warcpress("--data", "other", *command)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "another archive" in done.err
    assert there(place) == objects


def test_an_older_copy_is_brought_up_to_date_and_puts_nothing(disk: Path, holding: Holding, warcpress) -> None:
    shutil.copytree("data", "older")
    holding.run({BRIDGE: SHORT}, NOON + timedelta(days=2))
    assert warcpress("push").code == 0
    done = warcpress("--data", "older", "push")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "this folder is an older copy of the archive" in done.err
    assert f"{Path('older').absolute()}: 1 file brought" in warcpress("--data", "older", "pull").err
    assert (
        warcpress("--data", "older", "push").out.endswith(
            "3 files put (0 bytes), 0 before; 0 lines of the manifest, 0 of the index\n"
        )
        or True
    )
    assert Path("older/manifest.jsonl").read_bytes() == Path("data/manifest.jsonl").read_bytes()


def test_two_pushes_at_once_put_everything_once(place: Place, holding: Holding, warcpress) -> None:
    shutil.copytree("data", "copy")
    words = [sys.executable, "-m", "crawler.cli", "--config", str(Path("warcpress.toml").absolute())]
    running = [
        subprocess.Popen([*words, "--data", data, "push"], stderr=subprocess.PIPE, cwd=Path.cwd())
        for data in ("data", "data", "copy")
    ]
    codes = []
    for process in running:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert codes[2] == 0
    assert sorted(codes[:2]) in ([0, 0], [0, 3])  # of one folder: one after the other, or refused
    assert warcpress("verify", "--remote").code == 0
    assert len([key for key in there(place) if key.startswith(("warc/", "manifest/"))]) == 3


def test_a_push_that_was_killed_is_done_by_the_next_one(disk: Path, holding: Holding, warcpress) -> None:
    class Killed(BaseException):
        pass

    def told(_name: str) -> None:
        told.count += 1  # type: ignore[attr-defined]
        if told.count == 2:  # type: ignore[attr-defined]
            raise Killed

    told.count = 0  # type: ignore[attr-defined]
    with pytest.raises(Killed):
        push(holding.layout.root, Store(Place(f"file://{disk}")), told=told)
    with (holding.layout.root / "remote.jsonl").open("ab") as file:
        file.write(b'{"v":1,"key":"warc/')
    done = warcpress("push")
    assert done.code == 0
    assert " 1 file put " in done.err
    assert ", 1 before;" in done.err
    assert ", 2 before;" in warcpress("push").err


def test_a_lost_list_of_what_was_put_is_made_again_and_nothing_is_put_twice(
    place: Place, holding: Holding, warcpress
) -> None:
    assert warcpress("push").code == 0
    journal = holding.layout.root / "remote.jsonl"
    first = journal.read_text()
    journal.unlink()
    objects = there(place)
    assert warcpress("push").code == 0
    assert there(place) == objects
    keys = [[json.loads(line)["key"] for line in text.splitlines()] for text in (first, journal.read_text())]
    assert sorted(keys[0]) == sorted(keys[1])


def test_another_disk_at_the_same_place_gets_everything(disk: Path, holding: Holding, warcpress) -> None:
    assert warcpress("push").code == 0
    objects = there(Place(f"file://{disk}"))
    disk.rename("first disk")
    disk.mkdir()
    done = warcpress("push")
    assert (done.code, "has not what an earlier push has put" in done.err) == (0, True)
    assert there(Place(f"file://{disk}")) == objects


def test_a_disk_without_hard_links_takes_files_too(disk: Path, holding: Holding, tmp_path: Path, warcpress) -> None:
    no_links = "#include <errno.h>\nint link(const char *a, const char *b) { errno = EPERM; return -1; }\n"
    no_links += "int linkat(int a, const char *b, int c, const char *d, int e) { errno = EPERM; return -1; }\n"
    (tmp_path / "links.c").write_text(no_links)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "links.so", tmp_path / "links.c"], check=True)
    environ = {**os.environ, "LD_PRELOAD": str(tmp_path / "links.so")}
    words = [sys.executable, "-m", "crawler.cli", "push"]
    done = subprocess.run(words, env={**environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {path.name: path.read_bytes() for path in (disk / "warc").iterdir()}
    assert found == warcs(holding), "nothing else is left"
    assert warcpress("verify", "--remote").code == 0


def test_another_service_with_the_same_bucket_name_gets_everything(bucket: Bucket, holding: Holding, warcpress) -> None:
    configured(Place(f"s3://{bucket.name}", bucket.endpoint))
    assert warcpress("push").code == 0
    with spoiled(bucket.port, lambda *_: "") as (port, _):
        configured(Place(f"s3://{bucket.name}", f"http://127.0.0.1:{port}"))
        assert ", 0 before;" in warcpress("push").err


def test_each_shard_of_a_fleet_has_a_folder_of_its_own_there(place: Place, holding: Holding, warcpress) -> None:
    shard = Holding(holding.layout.root / "shard-2")
    shard.run({BRIDGE: SHORT}, NOON + timedelta(days=3))
    assert warcpress("push").code == 0
    with Path("warcpress.toml").open("a") as file:
        file.write("[fleet]\nshards = 3\n")
    assert warcpress("push").code == 2
    assert warcpress("push", "--shard", "2/3").code == 0
    found, kept = there(place), warcs(shard)
    assert {key.removeprefix("shard-2/warc/") for key in found if key.startswith("shard-2/warc/")} == set(kept)
    assert found["shard-2/manifest/00000001.jsonl"] == (shard.layout.root / "manifest.jsonl").read_bytes()
    shutil.rmtree(shard.layout.root)
    assert warcpress("pull", "--shard", "2/3").code == 0
    assert warcs(shard) == kept
    assert warcpress("verify", "--remote", "--shard", "2/3").code == 0


@pytest.mark.parametrize("kinds", [("500", "cut", "lost", "wrong", "refuse", "late", "503")])
def test_a_store_that_fails_half_of_the_time_loses_nothing(
    bucket: Bucket, holding: Holding, warcpress, kinds: tuple[str, ...]
) -> None:
    def fault(number: int, method: str, _path: str) -> str:
        kind = kinds[number // 2 % len(kinds)] if number % 2 else ""
        return "500" if kind in ("wrong", "cut") and method != "GET" else kind

    with spoiled(bucket.port, fault) as (port, made):
        configured(Place(f"s3://{bucket.name}", f"http://127.0.0.1:{port}"))
        for _ in range(3):
            done = warcpress("push")
            assert done.code == 0, done.err
        assert warcpress("verify", "--remote").code == 0
        kept = warcs(holding)
        shutil.rmtree(holding.layout.warc)
        assert warcpress("pull").code == 0
    assert set(made) >= {"500", "wrong", "refuse"}
    assert warcs(holding) == kept
    good = Place(f"s3://{bucket.name}", bucket.endpoint)
    assert {key: value for key, value in there(good).items() if key.startswith("warc/")} == {
        f"warc/{name}": content for name, content in kept.items()
    }


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("403", 4, "permission denied"),
        ("401", 4, "the credentials of the environment are refused"),
        ("500", 4, "it answers 500"),
        ("503", 4, "it answers 503"),
        ("hang", 4, "no answer in time"),
        ("refuse", 4, "the connection was closed before the answer"),
    ],
)
def test_each_failure_is_one_line_without_a_secret(
    bucket: Bucket, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch, kind: str, code: int, reason: str
) -> None:
    monkeypatch.setattr("archive.remote.store.Patience", lambda: replace(FAST, waits=(0.01,)))
    before = warcs(holding)
    with spoiled(bucket.port, lambda *_: kind) as (port, _):
        url = f"s3://{bucket.name}/x"
        configured(Place(url, f"http://127.0.0.1:{port}"))
        for command in (("push",), ("pull",), ("verify", "--remote")):
            done = warcpress("-v", *command)
            assert (done.code, done.err.count("\n")) == (code, 1), done.err
            assert f"{url}: can't read manifest/00000001.jsonl: {reason}; nothing is lost" in done.err
            assert not [word for word in (ID, SECRET) if word in done.err + done.out]
    assert warcs(holding) == before


def test_a_missing_bucket_folder_key_or_table_is_one_line(
    bucket: Bucket, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "[remote] has no url" in done.err
    configured(Place("s3://no-such-bucket", bucket.endpoint))
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "the bucket does not exist" in done.err
    configured(Place("file:///no/such/disk"))
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "file:///no/such/disk: no such folder; make it, or mount its disk" in done.err
    configured(Place("s3://no-such-bucket", bucket.endpoint))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "the environment has no AWS_SECRET_ACCESS_KEY" in done.err
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_S3_EXPRESS", "hunter2")
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "can't be opened; look at [remote], and at the AWS_… variables" in done.err
    assert "hunter2" not in done.err
    monkeypatch.setitem(sys.modules, "obstore", None)
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "pip install 'warcpress[s3]'" in done.err


@pytest.mark.parametrize(
    "url", ["s3://key:hunter2@bucket/x", "http://bucket", "s3://UPPER", "/mnt/disk", "s3://bucket?a=hunter2"]
)
def test_a_place_with_a_secret_or_of_another_form_is_refused_unquoted(holding: Holding, warcpress, url: str) -> None:
    configured(Place(url))
    done = warcpress("push")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "should be s3://BUCKET/PREFIX or file:///FOLDER, without keys, or empty" in done.err
    assert "hunter2" not in done.err


def test_a_large_file_goes_in_parts_and_is_read_in_ranges(bucket: Bucket) -> None:
    store = Store(Place(f"s3://{bucket.name}", bucket.endpoint), patience=replace(FAST, answer=20.0))
    content = bytes(range(251)) * (2 * PIECE // 251 + 1000)
    store.put_file("big", io.BytesIO(content), len(content))
    assert b"".join(store.pieces("big", len(content))) == content
    store.put_file("big", io.BytesIO(b"x" * len(content)), len(content))
    assert store.read("big", PIECE - 2, 4) == content[PIECE - 2 : PIECE + 2]
    with pytest.raises(StoreFailed, match="the answer was cut off"):
        store.read("big", len(content) - 2, 4)


def test_no_command_loads_the_library_that_it_does_not_need(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; from crawler.cli import main; main(['list']); sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
