"""The walkthroughs are true: each of their commands runs, in their order, and every command of warcpress is in them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.cli import COMMANDS
from crawler.demo.site import HOST, DemoSite

TEXT = (Path(__file__).parents[2] / "docs/walkthroughs.md").read_text("utf-8")
LINES = [line for block in TEXT.split("```sh\n")[1:] for line in block.partition("```")[0].splitlines() if line]
FERRY = f"http://{HOST}/harbour/2026/03/night-ferry-returns.html"
WRITTEN = ("audit.html", "archive.wacz", "posts.jsonl", "status.jsonl", "sources.opml", "cases")
CRAWL = f"""[crawl]
user_agent = "walker (+http://{HOST}/)"
delay = 0
allow_private = ["127.0.0.0/8"]
resolve = {{{{ "{HOST}" = "{{address}}" }}}}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def test_the_walkthroughs_show_every_command() -> None:
    assert {line.split()[1] for line in LINES} == set(COMMANDS)


def test_each_command_of_the_walkthroughs_runs(tmp_path: Path, site: DemoSite, workplace) -> None:
    place, said = workplace(tmp_path, 0), {}
    for line in LINES:
        program, *arguments = shlex.split(line)
        assert program == "warcpress"
        if arguments[0] == "add" and "--opml" not in arguments:  # the reader has written who they are
            (tmp_path / "warcpress.toml").write_text(CRAWL.format(address=site.address), encoding="utf-8")
        if arguments == ["refetch", FERRY]:
            site.publish_edit()
        said[line] = place.run(*arguments).out
    assert "changed, version 2" in said[f"warcpress refetch {FERRY}"]
    assert "\nversion 2 " in said[f"warcpress history {FERRY}"]
    assert "240 passengers" in said[f"warcpress show {FERRY} --at 2100-01-01"]
    assert said[f"warcpress show {FERRY} --part response"].startswith("HTTP/1.1 200 OK\r\n")
    assert said[f"warcpress show {FERRY} --part request"].startswith("GET /harbour/")
    assert "night ferry" in said["warcpress list --title ferry"]
    assert [name for name in WRITTEN if not (tmp_path / name).exists()] == []
