"""`warcpress history`: the versions and states of an article, as lines, on a terminal, as JSON and as a page."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from lxml import html

COST = "The work will cost four million."


@pytest.fixture
def four(holding: Holding) -> Holding:
    """An article in four versions: from the second on, one word is corrected each time."""
    for day, cost in ((2, "five"), (3, "six")):
        holding.run({BRIDGE: [*SHORT[:2], COST.replace("four", cost)]}, NOON + timedelta(days=day))
    return holding


def bodies(out: str) -> list[str]:
    """The lines of the output that tell of the text."""
    return [line for line in out.splitlines() if line.startswith("    ")]


def marks(old: str, new: str) -> list[str]:
    return [f"    paragraph 3: The work will cost [-{old}-]{{+{new}+}} million."]


def test_a_corrected_word_is_shown_as_that_word(four: Holding, warcpress) -> None:
    out = warcpress("history", BRIDGE, "--word-diff").out
    assert bodies(out)[-2:] == [*marks("four", "five"), *marks("five", "six")]
    assert [line for line in out.splitlines() if line.startswith("version")] == [
        f"version {number}  2026-03-{5 + number:02} 12:00:00 UTC  Bridge" for number in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("versions", "shown", "marked"),
    [
        ("2..4", "24", marks("four", "six")),
        ("2..", "24", marks("four", "six")),
        ("4..2", "42", marks("six", "four")),
        ("3", "23", marks("four", "five")),
        ("3..4", "34", marks("five", "six")),
        ("1", "1", []),
    ],
)
def test_any_two_versions_are_compared(four: Holding, warcpress, versions: str, shown: str, marked: list[str]) -> None:
    done = warcpress("history", BRIDGE, versions, "--word-diff")
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("version")] == list(shown)
    assert (done.code, bodies(done.out)) == (0, marked)
    documents = [json.loads(line) for line in warcpress("history", BRIDGE, versions, "--json").out.splitlines()]
    assert [str(document["version"]) for document in documents] == list(shown)
    assert [document["since"]["version"] for document in documents[1:]] == [int(number) for number in shown[:-1]]


def test_from_the_oldest_and_from_the_newest_to_all(four: Holding, warcpress) -> None:
    for versions, shown in (("..3", [1, 3]), ("..", [1, 4]), ("4..", None)):
        done = warcpress("history", BRIDGE, versions, "--json")
        if shown is None:
            assert done.code == 2 and "that is one version, and two are compared" in done.err
        else:
            assert [json.loads(line)["version"] for line in done.out.splitlines()] == shown


def test_a_version_is_taken_as_it_was_made_last(four: Holding, warcpress) -> None:
    with four.catalogue() as catalogue:
        third = catalogue.versions(BRIDGE)[2]
    again = {**vars(third), "record_id": "<urn:uuid:again>", "derivation": 1, "converted": NOON + timedelta(days=9)}
    with four.catalogue() as catalogue:
        catalogue.store([], [type(third)(**again)])
    lines = [json.loads(line) for line in warcpress("history", BRIDGE, "3..4", "--json").out.splitlines()]
    assert lines[0]["id"] == "<urn:uuid:again>" and lines[1]["since"]["derivation"] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["2..9"], f"{BRIDGE}: 2..9: it has the versions 1, 2, 3, 4"),
        (["0"], f"{BRIDGE}: 0: it has the versions 1, 2, 3, 4"),
        (["2..2"], "'2..2': that is one version, and two are compared"),
        (["two"], "'two': write 2..4, 2.., ..4 or 4 for the versions to compare"),
        (["1-2"], "'1-2': write 2..4, 2.., ..4 or 4 for the versions to compare"),
        ([""], "'': write 2..4, 2.., ..4 or 4 for the versions to compare"),
        (["9" * 40], f"'{'9' * 40}': write 2..4, 2.., ..4 or 4"),
        (["2..4", "--all"], "--all: looks have no text to compare; leave out the versions, or --all"),
        (["--json", "--html"], "--json and --html both go to stdout; name a FILE for one of them"),
    ],
)
def test_a_wrong_range_is_one_line(four: Holding, warcpress, words: list[str], message: str) -> None:
    done = warcpress("history", BRIDGE, *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and message in done.err


def test_whole_paragraphs_are_printed_in_a_pipe_unless_words_are_asked_for(four: Holding, warcpress) -> None:
    piped = bodies(warcpress("history", BRIDGE, "3").out)
    paragraph = LONG[1].strip()
    assert piped == [
        "    @@ -2,2 +2,2 @@",
        f"     {paragraph}",
        f"    -{COST}",
        f"    +{COST.replace('four', 'five')}",
    ]
    assert bodies(warcpress("history", BRIDGE, "3", "--no-word-diff").out) == piped


def on_terminal(*words: str, **environment: str) -> str:
    """What a command writes to a terminal."""
    terminal, end = pty.openpty()
    given = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    command = [sys.executable, "-m", "crawler.cli", *words]
    with subprocess.Popen(command, stdout=end, env={**given, "TERM": "xterm", **environment}) as process:
        os.close(end)
        pieces = []
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux: nobody holds the other end any more
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(terminal)
    assert process.returncode == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_a_terminal_gets_words_in_colours_unless_it_has_none(four: Holding) -> None:
    coloured = "    paragraph 3: The work will cost \x1b[31;9mfour\x1b[0m\x1b[32;4mfive\x1b[0m million."
    assert bodies(on_terminal("history", BRIDGE, "3")) == [coloured]
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert bodies(on_terminal("history", BRIDGE, "3", **environment)) == marks("four", "five")
    assert bodies(on_terminal("history", BRIDGE, "3", NO_COLOR="")) == [coloured]
    assert "    -The work" in on_terminal("history", BRIDGE, "3", "--no-word-diff")


def test_control_characters_of_a_post_do_not_reach_the_terminal(holding: Holding) -> None:
    holding.run({BRIDGE: [*SHORT[:2], "The work \u202ewill cost\u2066 four million."]}, NOON + timedelta(days=2))
    out = on_terminal("history", BRIDGE)
    assert "\\u202e" in out and "\\u2066" in out and not {"\u202e", "\u2066"} & set(out)


def test_the_page_has_the_versions_with_their_marks_and_can_do_nothing(four: Holding, warcpress) -> None:
    written = warcpress("history", BRIDGE, "--html").out
    root = html.document_fromstring(written)
    assert [head.text for head in root.iter("h2")] == [f"Version {number}" for number in range(1, 5)]
    assert [deleted.text for deleted in root.iter("del")][-2:] == ["four", "five"]
    assert [inserted.text for inserted in root.iter("ins")][-2:] == ["five", "six"]
    assert not {element.tag for element in root.iter()} & {"script", "img", "a", "link", "iframe", "form"}
    assert "default-src 'none'; style-src 'unsafe-inline'" in written
    Path("page.html").unlink(missing_ok=True)
    done = warcpress("history", BRIDGE, "2..4", "--html", "page.html", "--json")
    assert len(done.out.splitlines()) == 2
    root = html.document_fromstring(Path("page.html").read_text("utf-8"))
    assert [head.text for head in root.iter("h3")] == ["Different from version 2"]


def test_an_article_with_one_version_has_no_change(holding: Holding, warcpress) -> None:
    [document] = [json.loads(line) for line in warcpress("history", DAM, "--json").out.splitlines()]
    assert "difference" not in document and document["version"] == 1
    assert html.document_fromstring(warcpress("history", DAM, "--html").out).find(".//ins") is None


def test_a_version_whose_record_is_lost_is_named_and_the_others_are_shown(four: Holding, warcpress) -> None:
    with four.catalogue() as catalogue:
        second = catalogue.versions(BRIDGE)[1]
        catalogue.store([], [replace(second, record_id="<urn:uuid:again>", derivation=1, file="gone.warc.gz")])
    done = warcpress("history", BRIDGE, "--word-diff")
    assert done.code == 1
    assert bodies(done.out)[-1:] == marks("five", "six")
    lost = "can't be read: gone.warc.gz:"
    assert [line.strip().partition("gone.warc.gz:")[0] for line in done.out.splitlines() if "can't be" in line] == [
        "can't be read: ",
        "not compared: version 2 can't be read",
    ]
    first, last = (json.loads(line) for line in warcpress("history", BRIDGE, "2..4", "--json").out.splitlines())
    assert first["missing"].startswith(lost) and "difference" not in last
    assert last["missing"] == "not compared: version 2 can't be read"
    assert "<p>Can&#x27;t be read: gone.warc.gz:" in warcpress("history", BRIDGE, "2..4", "--html").out
