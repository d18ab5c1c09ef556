"""After damage the audit goes on: it reads the sound records, and reports no second error for the same damage."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import zstandard
from warctext import errors, findings, gz, members, pair, request, response, summary, warcinfo

RECORDS = [warcinfo(), *(record for at in range(10, 22, 2) for record in (request(at, at + 1), response(at + 1, at)))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.warc.gz"


def test_every_other_record_is_read_after_a_damaged_member(path: Path) -> None:
    parts = [gz(record) for record in RECORDS]
    for broken in range(len(parts)):
        damaged = bytearray(parts[broken])
        damaged[len(damaged) // 2] ^= 0xFF
        path.write_bytes(b"".join([*parts[:broken], bytes(damaged), *parts[broken + 1 :]]))
        found = findings(path)
        assert [finding.check for finding in errors(found)] == [1]
        assert errors(found)[0].offset == sum(map(len, parts[:broken]))
        assert summary(path).records == len(RECORDS) - 1
        assert all(finding.caused_by for finding in found if finding.check in (25, 26, 27) and finding.record_id)


@pytest.mark.parametrize("byte", [0, 1, 2])
def test_a_member_of_the_size_of_the_one_before_it_is_not_lost_silently(path: Path, byte: int) -> None:
    parts = [gz(warcinfo()), *(gz(response(at, at - 1)) for at in range(11, 16))]
    for broken in range(1, len(parts)):
        damaged = bytearray(parts[broken])
        damaged[byte] ^= 0xFF
        path.write_bytes(b"".join([*parts[:broken], bytes(damaged), *parts[broken + 1 :]]))
        found = findings(path)
        assert [error.offset for error in errors(found) if error.check == 1] == [sum(map(len, parts[:broken]))]
        assert summary(path).records == len(parts) - 1


def test_every_other_record_is_read_after_a_damaged_frame(tmp_path: Path) -> None:
    parts = [zstandard.ZstdCompressor(write_checksum=True).compress(record) for record in RECORDS]
    path = tmp_path / "x.warc.zst"
    for broken in range(len(parts)):
        damaged = bytearray(parts[broken])
        damaged[len(damaged) // 2] ^= 0xFF
        path.write_bytes(b"".join([*parts[:broken], bytes(damaged), *parts[broken + 1 :]]))
        assert [finding.check for finding in errors(findings(path))] == [34]
        assert summary(path).records == len(RECORDS) - 1


def test_two_damages_are_two_errors(path: Path) -> None:
    parts = [bytearray(gz(record)) for record in RECORDS]
    for broken in (3, 8):
        parts[broken][-6] ^= 1
    path.write_bytes(b"".join(parts))
    assert [finding.check for finding in errors(findings(path))] == [1, 1]


def test_a_cut_at_every_byte_is_one_error_or_a_shorter_file(path: Path) -> None:
    """A cut on a member boundary can't be told from the file alone: that is what the manifest is for."""
    data = members(pair())
    ends = {0}
    for record in pair():
        ends.add(max(ends) + len(gz(record)))
    for length in range(1, len(data)):
        path.write_bytes(data[:length])
        checks = [finding.check for finding in errors(findings(path))]
        assert checks == ([] if length in ends else [2]), length


def test_a_flipped_bit_at_any_byte_is_at_most_one_error(path: Path) -> None:
    """Every byte is checked, but for two places.

    These are time, level and system in a member's header, and the bits that fill up the last byte of its data.
    """
    data = members(pair())
    bounds = [0, len(gz(warcinfo())), len(gz(warcinfo())) + len(gz(request())), len(data)]
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        found = errors(findings(path))
        assert len(found) <= 1, (at, [finding.as_json() for finding in found])
        unchecked = any(start + 4 <= at < start + 10 or at == end - 9 for start, end in pairwise(bounds))
        assert found or unchecked, at


def test_plain_files_go_on_at_the_next_record(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    whole = b"".join(RECORDS)
    broken = whole.replace(b"Content-Length: 41", b"Content-Length: 99999", 1)
    assert broken != whole
    path.write_bytes(broken)
    assert [finding.check for finding in errors(findings(path))] == [14]
    assert summary(path).records == len(RECORDS) - 1


def test_a_file_of_noise_is_one_finding(tmp_path: Path) -> None:
    for name, noise, check in (
        ("x.warc", b"noise\n" * 999, 7),
        ("z.warc", bytes(5000), 3),
        ("x.warc.gz", bytes(range(256)) * 99, 3),
        ("y.warc.gz", bytes(5000), 3),
    ):
        path = tmp_path / name
        path.write_bytes(noise)
        found = findings(path)
        assert [finding.check for finding in errors(found)] == [check], name
