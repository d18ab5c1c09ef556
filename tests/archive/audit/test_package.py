"""WACZ packages: members, hashes and description, each made wrong once: one defect, one error of check 30."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from wacztext import (
    DESCRIPTION,
    DIGEST,
    HEADER,
    INDEX,
    PAGES,
    WARC,
    Parts,
    build,
    describe,
    described,
    document,
    draft,
    line,
    page,
    parts,
    records,
    resources,
    without,
    zipnum,
)
from warctext import errors, findings, gz, members, no_error, one_error, pair, summary, warcinfo


def hashed(path: str, **changes: object) -> Parts:
    """A package whose description gives a member these fields; `None` leaves a field out."""
    listed = resources(parts())
    for one in listed:
        if one["path"] == path:
            one |= changes
    kept = [{name: value for name, value in one.items() if value is not None} for one in listed]
    return describe(parts(), resources=kept)


def signed(**changes: object) -> Parts:
    text = json.dumps(document(parts())).encode()
    data = {"hash": f"sha256:{hashlib.sha256(text).hexdigest()}", "software": "signer 1", **changes}
    return described(parts(), text, signedData=data)


def multi(*paths: str, profile: str = "multi-wacz", inner: Parts | None = None) -> Parts:
    listed = [{"name": path, "path": path} for path in paths if "//" in path]
    some = {path: zipped(describe(parts()) if inner is None else inner) for path in paths if "//" not in path}
    return described(some, {"profile": profile, "resources": [*listed, *resources(some)]})


def zipped(some: Parts) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in some.items():
            package.writestr(name, data)
    return buffer.getvalue()


def twice(path: Path) -> Path:
    build(path, describe(parts()))
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr(PAGES, HEADER)
    return path


def misplaced(magic: bytes, at: int, value: int) -> Callable[[Path], Path]:
    """A package with four bytes of the zip's directory edited, at this distance from its first `magic`."""

    def make(path: Path) -> Path:
        build(path, WHOLE)
        data = bytearray(path.read_bytes())
        place = data.index(magic) + at
        data[place : place + 4] = value.to_bytes(4, "little")
        path.write_bytes(data)
        return path

    return make


def encrypted(path: Path) -> Path:
    """A package whose WARC file has the flag of encryption."""
    build(path, describe(parts()))
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    path.write_bytes(data)
    return path


def renamed(path: str, other: str) -> Parts:
    return {other if name == path else name: data for name, data in WHOLE.items()}


def broken_digest(some: Parts) -> Parts:
    return {**some, DIGEST: some[DIGEST].replace(b"sha256:", b"sha256:0", 1)}


WHOLE = describe(parts())
BROKEN: dict[str, Callable[[Path], Path]] = {
    "the WARC file is deflated": lambda path: build(path, WHOLE, (WARC,)),
    "the compressed index is deflated": lambda path: build(path, WHOLE, (INDEX,)),
    "a member is there twice": twice,
    "a member is encrypted": encrypted,
    "a member's place is behind the end": misplaced(b"PK\x01\x02", 42, 1 << 30),
    "the directory's place is another": misplaced(b"PK\x05\x06", 16, 1 << 30),
    "no WARC file": lambda path: build(path, describe(without(parts(), WARC))),
    "no index": lambda path: build(path, describe(without(parts(), INDEX))),
    "no description": lambda path: build(path, without(without(WHOLE, DESCRIPTION), DIGEST)),
    "no description, but its digest": lambda path: build(path, without(WHOLE, DESCRIPTION)),
    "a listed file is missing": lambda path: build(path, without(describe({**parts(), "extra": b"x"}), "extra")),
    "the listed pages are missing": lambda path: build(path, without(WHOLE, PAGES)),
    "the listed index is missing": lambda path: build(path, without(WHOLE, INDEX)),
    "the listed WARC file is missing": lambda path: build(path, without(WHOLE, WARC)),
    "the listed index is missing, its blocks' names are not": lambda path: build(
        path, without(describe({**parts(), **zipnum(line(0) + line(1))}), INDEX)
    ),
    "the WARC file was renamed": lambda path: build(path, renamed(WARC, "archive/b.warc.gz")),
    "the WARC file was renamed to another ending": lambda path: build(path, renamed(WARC, WARC + ".bak")),
    "the index was renamed": lambda path: build(path, renamed(INDEX, "indexes/other.cdx.gz")),
    "the pages were renamed": lambda path: build(path, renamed(PAGES, "pages.jsonl")),
    "the WARC file was cut on a member boundary": lambda path: build(
        path, {**WHOLE, WARC: WHOLE[WARC][: WHOLE[WARC].rindex(b"\x1f\x8b\x08")]}
    ),
    "a file that is not listed": lambda path: build(path, {**WHOLE, "extra": b"x"}),
    "another file in archive/": lambda path: build(path, describe({**parts(), "archive/notes.txt": b"x"})),
    "another file in pages/": lambda path: build(path, describe({**parts(), "pages/notes.txt": b"x"})),
    "another file in indexes/": lambda path: build(path, describe({**parts(), "indexes/notes.txt": b"x"})),
    "a wrong hash": lambda path: build(path, {**WHOLE, PAGES: parts()[PAGES] + b"\n"}),
    "a wrong hash of the WARC file": lambda path: build(
        path, {**WHOLE, WARC: members([*records(), warcinfo(number=9)])}
    ),
    "a wrong md5": lambda path: build(path, {**describe(parts(), resources=resources(parts(), "md5")), PAGES: HEADER}),
    "a bare hash that is an md5, and wrong": lambda path: build(path, hashed(PAGES, hash="0" * 32)),
    "a wrong sha512": lambda path: build(path, hashed(PAGES, hash="sha-512:" + "0" * 128)),
    "a hash that is too short": lambda path: build(path, hashed(PAGES, hash="sha256:123")),
    "no hash": lambda path: build(path, hashed(PAGES, hash=None)),
    "a wrong size": lambda path: build(path, hashed(PAGES, bytes=7)),
    "a file is listed twice": lambda path: build(
        path, describe(parts(), resources=[*resources(parts()), *resources(parts())[:1]])
    ),
    "the description was altered": lambda path: build(path, {**WHOLE, DESCRIPTION: WHOLE[DESCRIPTION] + b" "}),
    "a hash in the description was altered": lambda path: build(
        path, {**WHOLE, DESCRIPTION: WHOLE[DESCRIPTION].replace(b"sha256:", b"sha256:0", 1)}
    ),
    "the description was cut": lambda path: build(path, {**WHOLE, DESCRIPTION: WHOLE[DESCRIPTION][:40]}),
    "the description is no JSON": lambda path: build(path, described(parts(), b"profile: data-package")),
    "the description is a list": lambda path: build(path, described(parts(), resources(parts()))),
    "no list of files": lambda path: build(path, describe(parts(), resources=None)),
    "the list of files is an object": lambda path: build(path, describe(parts(), resources={"a": 1})),
    "a listed file without a path": lambda path: build(
        path, describe(parts(), resources=[*resources(parts()), {"name": "x"}])
    ),
    "no profile": lambda path: build(path, describe(parts(), profile=None)),
    "no version": lambda path: build(path, describe(parts(), wacz_version=None)),
    "the digest is no JSON": lambda path: build(path, {**WHOLE, DIGEST: b"{"}),
    "the digest is a list": lambda path: build(path, {**WHOLE, DIGEST: b"[]"}),
    "no hash in the digest": lambda path: build(path, described(parts(), document(parts()), hash=None)),
    "the digest of another file": lambda path: build(path, described(parts(), document(parts()), path="data.json")),
    "the digest was altered": lambda path: build(path, broken_digest(WHOLE)),
    "the digest beside a signature was altered": lambda path: build(path, broken_digest(signed())),
    "another description was signed": lambda path: build(path, signed(hash="sha256:" + "0" * 64)),
    "no zip file": lambda path: (path.write_bytes(b"not a zip"), path)[1],
    "a cut zip file": lambda path: (build(path, WHOLE), path.write_bytes(path.read_bytes()[:-30]), path)[2],
    "a collection of nothing": lambda path: build(path, multi()),
    "a package of a collection is altered": lambda path: build(
        path, {**multi("a.wacz"), "a.wacz": zipped(draft(parts()))}
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_defect_is_one_error(name: str, tmp_path: Path) -> None:
    one_error(BROKEN[name](tmp_path / "a.wacz"), 30)


VALID: dict[str, tuple[Parts, tuple[str, ...]]] = {
    "1.1.1": (WHOLE, ()),
    "1.1.1, what may be deflated is": (WHOLE, (PAGES, DESCRIPTION, DIGEST)),
    "1.0.0": (describe(parts(), wacz_version="1.0.0"), ()),
    "the draft of 1.2.0": (describe(parts(), profile="wacz", wacz_version=None), ()),
    "before 1.0": (draft(parts()), ()),
    "without its digest": (without(WHOLE, DIGEST), ()),
    "md5": (describe(parts(), resources=resources(parts(), "md5")), ()),
    "sha1": (describe(parts(), resources=resources(parts(), "sha1")), ()),
    "a bare md5": (hashed(PAGES, hash=hashlib.md5(parts()[PAGES]).hexdigest()), ()),
    "a hash in capitals": (hashed(PAGES, hash=f"SHA256:{hashlib.sha256(parts()[PAGES]).hexdigest().upper()}"), ()),
    "signed": (signed(), ()),
    "further pages": (describe({**parts(), "pages/extraPages.jsonl": HEADER + page()}), ()),
    "other files": (describe({**parts(), "logs/a.log": b"x", "fuzzy.json": b"{}"}), ()),
    "a plain WARC file, its index plain": (
        describe(
            {
                "archive/a.warc": b"".join(pair()),
                "indexes/index.cdxj": b"".join(
                    (
                        b"org,example)/page 20261120100000 ",
                        json.dumps(
                            {
                                "url": "http://example.org/page",
                                "offset": len(pair()[0] + pair()[1]),
                                "length": len(pair()[2]),
                                "filename": "a.warc",
                            }
                        ).encode(),
                        b"\n",
                    )
                ),
                PAGES: HEADER + page(),
            }
        ),
        (),
    ),
    "a collection": (multi("a.wacz", "b.wacz"), ()),
    "a collection of what lies elsewhere": (multi("https://example.org/a.wacz", profile="multi-wacz-package"), ()),
    "a collection, deflated": (multi("a.wacz"), ("a.wacz",)),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_package_has_no_error(name: str, tmp_path: Path) -> None:
    some, deflated = VALID[name]
    no_error(build(tmp_path / "a.wacz", some, deflated))


SOFT: dict[str, tuple[Parts, tuple[str, ...]]] = {
    "no list of pages, as py-wacz makes them": (describe(without(parts(), PAGES)), ()),
    "a hash that is not verified here": (hashed(PAGES, hash="crc32:12345678"), ()),
    "no size": (hashed(PAGES, bytes=None), ()),
    "another profile": (describe(parts(), profile="tabular-data-package"), ()),
    "a plain WARC file, deflated": (
        describe({"archive/a.warc": b"".join(pair()), INDEX: gzip.compress(b""), PAGES: HEADER}),
        ("archive/a.warc",),
    ),
    "before 1.0, a file that is not listed": ({**draft(parts()), "webarchive.yaml": b"x"}, ()),
}


@pytest.mark.parametrize("name", SOFT)
def test_habits_are_warnings(name: str, tmp_path: Path) -> None:
    some, deflated = SOFT[name]
    found = [one for one in findings(build(tmp_path / "a.wacz", some, deflated)) if one.check == 30]
    assert [one.severity for one in found if one.severity != "note"] == ["warning"], [one.as_json() for one in found]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("no list of files", "has no list `resources`: it must name every file with its hash and size"),
        (
            "the description is a list",
            "is not a JSON object, but a list: the members can't be compared with their hashes",
        ),
        ("a listed file without a path", "resources[3] is not an object with a `path`: {'name': 'x'}"),
    ],
)
def test_messages_say_what_is_wrong_and_where(name: str, text: str, tmp_path: Path) -> None:
    found = one_error(BROKEN[name](tmp_path / "a.wacz"), 30)
    assert (found.file, found.message) == (f"{tmp_path / 'a.wacz'}!{DESCRIPTION}", text)


def test_what_follows_from_a_missing_file_names_it(tmp_path: Path) -> None:
    path = build(tmp_path / "a.wacz", without(WHOLE, WARC))
    found = findings(path)
    assert [(one.check, one.caused_by and one.caused_by.file) for one in found if one.severity == "warning"] == [
        (29, str(path)),
        (30, str(path)),
    ]


def test_a_package_from_before_the_first_version_is_read_too(tmp_path: Path) -> None:
    good = draft(parts())
    bad = {**good, PAGES: good[PAGES] + b"\n"}
    assert one_error(build(tmp_path / "b.wacz", bad), 30).message.split()[0] == "sha256"


def test_findings_name_the_file_within_the_package(tmp_path: Path) -> None:
    warc = bytearray(members(pair()))
    warc[-6] ^= 1
    path = build(tmp_path / "a.wacz", describe(parts(warc=bytes(warc))))
    found = [one for one in errors(findings(path)) if one.check == 1]
    assert [(finding.check, finding.file) for finding in found] == [(1, f"{path}!{WARC}")]
    assert found[0].offset == len(gz(pair()[0])) + len(gz(pair()[1]))


def test_an_empty_file_is_reported_once(tmp_path: Path) -> None:
    one_error(build(tmp_path / "a.wacz", {**WHOLE, WARC: b""}), 6)
    one_error(build(tmp_path / "b.wacz", describe({**parts(), WARC: b""})), 6)


def test_records_missing_at_the_end_are_reported_once(tmp_path: Path) -> None:
    """The request names its response, the index too."""
    cut = {**parts(), **zipnum(line(0) + line(1)), WARC: WHOLE[WARC][: WHOLE[WARC].rindex(b"\x1f\x8b\x08")]}
    path = build(tmp_path / "a.wacz", describe(cut))
    one_error(path, 26)
    assert [one.caused_by and one.caused_by.check for one in findings(path) if one.check == 29] == [26]


def test_damage_in_a_file_is_reported_once(tmp_path: Path) -> None:
    warc = bytearray(WHOLE[WARC])
    warc[-6] ^= 1
    path = build(tmp_path / "a.wacz", {**WHOLE, WARC: bytes(warc)})
    one_error(path, 1)
    assert 30 in {one.check for one in findings(path) if one.caused_by and one.caused_by.check == 1}


def test_the_files_of_a_package_within_a_package_are_audited(tmp_path: Path) -> None:
    path = build(tmp_path / "a.wacz", multi("a.wacz", "b.wacz"))
    assert summary(path).records == 2 * len(records())
    warc = bytearray(WHOLE[WARC])
    warc[-6] ^= 1
    inner = {**WHOLE, WARC: bytes(warc)}
    path = build(tmp_path / "b.wacz", multi("a.wacz", inner=inner))
    assert one_error(path, 1).file == f"{path}!a.wacz!{WARC}"


def test_a_signature_is_reported(tmp_path: Path) -> None:
    found = findings(build(tmp_path / "a.wacz", signed()))
    assert [(finding.check, finding.severity) for finding in found if "signed by signer 1" in finding.message] == [
        (30, "note")
    ]


def test_a_deflated_warc_is_audited_all_the_same(tmp_path: Path) -> None:
    assert summary(build(tmp_path / "a.wacz", WHOLE, (WARC,))).records == len(records())


def test_a_sample_reports_nothing_about_what_was_left_out(tmp_path: Path) -> None:
    build(tmp_path / "a.wacz", WHOLE)
    (tmp_path / "b.warc.gz").write_bytes(members(pair()))
    left_out = 0
    for names in (("a.wacz", "b.warc.gz"), ("b.warc.gz", "a.wacz")):
        paths = [tmp_path / name for name in names]
        assert errors(findings(*paths, sample=0.01)) == []
        left_out += "a.wacz" in summary(*paths, sample=0.01).not_read[0].file
    assert left_out


def test_a_description_of_a_thousand_faults_is_twenty_findings_and_a_number(tmp_path: Path) -> None:
    path = build(tmp_path / "a.wacz", describe(parts(), resources=[*resources(parts()), *[[]] * 1000]))
    found = errors(findings(path))
    assert len(found) == 21
    assert found[-1].message.startswith("980 more like the 20 before")


def test_more_packages_than_files_that_may_be_open(tmp_path: Path) -> None:
    for number in range(40):
        build(tmp_path / f"{number}.wacz", WHOLE)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 20, most[1]))
    try:
        assert summary(tmp_path).files == 40
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


def test_a_path_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    path = build(tmp_path / "a.wacz", WHOLE)
    assert findings(path, path, tmp_path) == findings(path)


def test_the_builder_makes_the_records_it_says(tmp_path: Path) -> None:
    assert gzip.decompress(members([warcinfo()])) == warcinfo()
