"""Sources are added at the end of a file, which otherwise stays as it is, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import load
from crawler.config.append import append
from crawler.errors import ConfigError
from crawler.items import Source

NEW = Source(
    "herald", feeds=("https://herald.example/feed?a=1&b=2",), allow=(r"^https?://([^/]+\.)?herald\.example[:/]",)
)
OTHER = Source("gazette", site='The "Gazette" \\ 观察者网', sitemaps=("https://g.example/1", "https://g.example/2"))
TEXTS = {
    "empty": b"",
    "a comment without line end": b"# mine\n[crawl]\ndelay = 2 # slow\n\n# the end",
    "line ends of Windows": b"# mine\r\n[[source]]\r\nname = 'a'\r\n[source.article]\r\ntitle = 'h1'\r\n",
    "a byte order mark": b"\xef\xbb\xbf[crawl]\ndelay = 2\n",
    "a secret that is not set": b"[[source]]\nname = 'a'\nheaders = { Cookie = 'env:NOT_SET' }\n",
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_was_there_stays_and_the_result_loads(tmp_path: Path, case: str) -> None:
    file = tmp_path / "warcpress.toml"
    file.write_bytes(TEXTS[case])
    file.chmod(0o600)
    before = load(file, environ={}).sources
    append(file, [NEW, OTHER], environ={})
    after = file.read_bytes()
    assert after.startswith(TEXTS[case])
    assert after.count(b"\r\n") in (0, after.count(b"\n"))
    assert load(file, environ={}).sources == (*before, NEW, OTHER)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["warcpress.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file.toml").write_text("[crawl]\n")
    link = tmp_path / "warcpress.toml"
    link.symlink_to("real/file.toml")
    append(link, [NEW])
    assert link.is_symlink()
    assert load(link).sources == (NEW,)


@pytest.mark.parametrize("text", ["source = []\n", "[[source]]\nname = 'HERALD'\n", "[crawl\n", "[crawl]\ndlay = 1\n"])
def test_nothing_is_written_when_the_result_would_not_load(tmp_path: Path, text: str) -> None:
    file = tmp_path / "warcpress.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=rf"^{file}:\d+: "):
        append(file, [NEW])
    assert file.read_text() == text
