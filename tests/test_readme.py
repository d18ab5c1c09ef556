"""The README is true: its commands exist, its tree is the tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.cli import COMMANDS, parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


CODE = "\n".join(README.split("```")[1::2])


def lines_with(word: str) -> list[str]:
    return [line.split("#")[0].strip() for line in CODE.splitlines() if line.startswith(word + " ")]


def test_every_command_of_the_readme_exists_and_every_command_is_in_it() -> None:
    named = {line.split()[1] for line in lines_with("warcpress")}
    assert named == set(COMMANDS)


@pytest.mark.parametrize("line", lines_with("warcpress"))
def test_every_option_of_the_readme_exists(line: str) -> None:
    command = line.split()[1]
    [actions] = [action for action in parser()._actions if action.dest == "command"]
    assert isinstance(actions.choices, dict)
    known = set(actions.choices[command]._option_string_actions)
    assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in lines_with("make"):
        assert re.search(rf"^{line.split()[1]}:", makefile, re.MULTILINE)


def test_the_tree_is_the_tree() -> None:
    block = README.partition("## The tree")[2].partition("```")[2].partition("```")[0]
    stack: list[str] = []
    listed = set()
    for line in block.splitlines():
        match = re.match(r"( *)([\w./-]+)", line)
        if not match:
            continue
        depth = len(match[1]) // 2
        row = re.match(r" *((?:[\w.-]+/?(?: · )?)+)", line)
        assert row is not None, line
        names = row[1].split(" · ")
        stack[depth:] = [names[0].strip().rstrip("/")]
        for name in names:
            listed.add("/".join([*stack[:depth], name.strip().rstrip("/")]))
    missing = [path for path in listed if not (ROOT / path).exists()]
    assert missing == []
    packages = [
        path.relative_to(ROOT).as_posix()
        for root in ("archive", "crawler")
        for path in (ROOT / root).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    ]
    absent = [path for path in packages if path not in listed and not path.endswith("__init__.py")]
    assert absent == []


def test_every_file_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    folders = (ROOT / "crawler", ROOT / "archive/audit", ROOT / "archive", ROOT, ROOT / "crawler/from_warc")
    named = set(re.findall(r"`([\w./]+\.py)`", text))
    assert len(named) > 30
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in folders)] == []
