"""How revisits lead to their originals: order, circles, spelling; files of a run, or in any order."""

from __future__ import annotations

from pathlib import Path

import pytest
from warctext import BODY, DATE, RESPONSE, URI, errors, fields, findings, gz, members, text, uid, warcinfo

from archive.audit.findings import Finding

SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
UNCHANGED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
LATER = "2026-11-21T10:00:00Z"
BEFORE = "2026-11-19T10:00:00Z"
FIRST, SECOND = "x-20261120100000-00000-h.warc.gz", "x-20261120100000-00001-h.warc.gz"


def original(uri: str = URI, date: str = DATE, number: int = 3, body: bytes = BODY) -> bytes:
    block = RESPONSE.replace(BODY, body)
    return text(fields("response", number, block, ("WARC-Target-URI", uri), payload=body, date=date), block)


def revisit(
    *, to: int | None = None, uri: str | None = None, date: str | None = None, at: str = LATER, number: int = 4,
    profile: str = SAME, payload: bytes | None = BODY
) -> bytes:  # fmt: skip
    named = {"WARC-Refers-To": to and uid(to), "WARC-Refers-To-Target-URI": uri, "WARC-Refers-To-Date": date}
    more = [(name, value) for name, value in named.items() if value]
    usual = [("WARC-Profile", profile), ("WARC-Truncated", "length"), *more]
    return text(fields("revisit", number, HEAD, *usual, payload=payload, date=at), HEAD)


def of(found: list[Finding]) -> list[str]:
    """Severities of the findings of check 25, without the note on a missing WARC-Refers-To."""
    return [one.severity for one in found if one.check == 25 and one.message != "a revisit without WARC-Refers-To"]


def audited(folder: Path, *records: bytes) -> list[str]:
    path = folder / "x.warc.gz"
    path.write_bytes(members([warcinfo(), *records]))
    return of(findings(path))


IN_ORDER: dict[str, dict[str, object]] = {
    "by id": {"to": 3},
    "by id, URI and date": {"to": 3, "uri": URI, "date": DATE},
    "by URI and date": {"uri": URI, "date": DATE},
    "by date alone": {"date": DATE},
    "at the same time": {"to": 3, "at": DATE},
    "not modified, by id": {"to": 3, "profile": UNCHANGED, "payload": None},
    "not modified, by date alone": {"date": DATE, "profile": UNCHANGED, "payload": None},
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_revisit_after_its_original_has_no_finding(name: str, tmp_path: Path) -> None:
    assert audited(tmp_path, original(), revisit(**IN_ORDER[name])) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_revisit_before_its_original_is_a_warning(name: str, tmp_path: Path) -> None:
    assert audited(tmp_path, revisit(**IN_ORDER[name]), original()) == ["warning"]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", IN_ORDER)
def test_what_names_no_capture_of_an_archive_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    other = original(date="2026-11-18T10:00:00Z", number=9, body=b"<html><p>Other</p></html>")
    data = members([warcinfo(), other, revisit(**IN_ORDER[name])])  # type: ignore[arg-type]
    (tmp_path / "warc" / "x.warc.gz").write_bytes(data)
    assert of(findings(tmp_path)) == ["error"]


@pytest.mark.parametrize("other", [0, 1])
def test_of_two_captures_of_a_url_at_one_time_the_one_with_the_payload_is_meant(other: int, tmp_path: Path) -> None:
    captures = [original(), original(number=5, body=BODY.upper())]
    assert audited(tmp_path, *captures[:: -1 if other else 1], revisit(uri=URI, date=DATE)) == []
    assert audited(tmp_path, original(body=BODY.upper()), revisit(uri=URI, date=DATE)) == ["error"]


def test_by_digest_alone_an_original_that_is_only_later_in_time_is_a_warning(tmp_path: Path) -> None:
    assert audited(tmp_path, original(), revisit(at=BEFORE)) == ["warning"]
    assert audited(tmp_path, original(), original(date="2026-11-18T10:00:00Z", number=9), revisit(at=BEFORE)) == []
    assert audited(tmp_path, original(), revisit()) == []


def test_a_named_original_that_is_later_in_time_is_an_error(tmp_path: Path) -> None:
    assert audited(tmp_path, original(), revisit(to=3, at=BEFORE)) == ["error"]
    assert audited(tmp_path, original(), revisit(uri=URI, date=DATE, at=BEFORE)) == ["error"]


def test_an_original_in_a_later_file_of_the_run_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_bytes(members([warcinfo(number=1), revisit(to=3)]))
    (tmp_path / SECOND).write_bytes(members([warcinfo(number=2), original()]))
    assert of(findings(tmp_path)) == ["warning"]
    assert of(findings(tmp_path / SECOND, tmp_path / FIRST)) == ["warning"]


def test_an_original_in_an_earlier_file_of_the_run_is_in_order(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_bytes(members([warcinfo(number=1), original()]))
    (tmp_path / SECOND).write_bytes(members([warcinfo(number=2), revisit(to=3)]))
    assert of(findings(tmp_path)) == []
    assert of(findings(tmp_path / SECOND, tmp_path / FIRST)) == []


@pytest.mark.parametrize(
    "names",
    [
        ("a.warc.gz", "b.warc.gz"),
        ("y-20261120100000-00000-h.warc.gz", "x-20261120100000-00001-h.warc.gz"),
        ("x-20261120100000-00000-h.warc.gz", "x-20261120100000-00001-other.warc.gz"),
        ("x-20261121100000-00000-h.warc.gz", "x-20261120100000-00007-h.warc.gz"),
    ],
    ids=["no serials", "another prefix", "another host", "an earlier file with a higher serial, as merged ones have"],
)
def test_the_order_in_which_files_are_given_means_nothing(names: tuple[str, str], tmp_path: Path) -> None:
    revisits, originals = tmp_path / names[0], tmp_path / names[1]
    revisits.write_bytes(members([warcinfo(number=1), revisit(to=3)]))
    originals.write_bytes(members([warcinfo(number=2), original()]))
    assert of(findings(revisits, originals)) == []
    assert of(findings(originals, revisits)) == []


def test_a_circle_of_revisits_is_one_error(tmp_path: Path) -> None:
    circle = [revisit(to=5, number=4), revisit(to=6, number=5), revisit(to=4, number=6)]
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo(), *circle, revisit(to=4, number=7)]))
    assert [one.offset for one in errors(findings(path))] == [len(gz(warcinfo()))]
    assert "3 revisits" in errors(findings(path))[0].message


def test_a_chain_of_revisits_that_ends_is_no_error(tmp_path: Path) -> None:
    chain = [revisit(to=3, number=4), revisit(to=4, number=5), revisit(to=5, number=6)]
    assert audited(tmp_path, original(), *chain) == ["warning", "warning"]


SPELLED: dict[str, tuple[str, str, str, str]] = {
    # URI and date of the original, URI and date that the revisit states
    "to the second": (URI, "2026-11-20T10:00:00.500Z", URI, DATE),
    "to the millisecond": (URI, DATE, URI, "2026-11-20T10:00:00.000Z"),
    "to the minute": (URI, "2026-11-20T10:00Z", URI, DATE),
    "to the day, by the revisit": (URI, DATE, URI, "2026-11-20"),
    "without its slash": ("http://example.org", DATE, "http://example.org/", DATE),
    "a host in capitals": ("http://EXAMPLE.org/page", DATE, URI, DATE),
    "the default port": ("http://example.org:80/page", DATE, URI, DATE),
}
FOUND_BY_READERS: dict[str, tuple[str, str, str, str]] = {
    "another scheme": ("https://example.org/page", DATE, URI, DATE),
    "a path in another case": ("http://example.org/Page", DATE, URI, DATE),
    "parameters in another order": (URI + "?b=1&a=2", DATE, URI + "?a=2&b=1", DATE),
    "www": ("http://www.example.org/page", DATE, URI, DATE),
}
ELSEWHERE: dict[str, tuple[str, str, str, str]] = {
    "another second": (URI, "2026-11-20T10:00:01Z", URI, DATE),
    "another fraction": (URI, "2026-11-20T10:00:00.500Z", URI, "2026-11-20T10:00:00.900Z"),
    "another port": ("http://example.org:8080/page", DATE, URI, DATE),
    "another path": (URI + "2", DATE, URI, DATE),
}


@pytest.mark.parametrize("to", [None, 3], ids=["by URI and date", "by id too"])
@pytest.mark.parametrize(
    ("severities", "spelled"),
    [
        *(([], spelled) for spelled in SPELLED.values()),
        *((["warning"], spelled) for spelled in FOUND_BY_READERS.values()),
        *((["error"], spelled) for spelled in ELSEWHERE.values()),
    ],
    ids=[*SPELLED, *FOUND_BY_READERS, *ELSEWHERE],
)
def test_uri_and_date_are_compared_as_readers_do(
    severities: list[str], spelled: tuple[str, str, str, str], to: int | None, tmp_path: Path
) -> None:
    uri, date, stated_uri, stated_date = spelled
    assert audited(tmp_path, original(uri, date), revisit(to=to, uri=stated_uri, date=stated_date)) == severities
