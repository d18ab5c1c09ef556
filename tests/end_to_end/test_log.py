"""What a run says on stderr: in a pipe, to a person at a terminal, in JSON, and with -q and -v."""

from __future__ import annotations

import json
import os
import re
import subprocess
import termios

import pytest
from pages import article, feed

WORDS = (
    "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. " * 5
)
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed.xml"]\n'
URLS = [f"http://herald.test/a/{number}" for number in range(3)]


def publish(server) -> None:
    server["herald.test/feed.xml"] = feed(*URLS, "http://herald.test/a/none")
    for number, url in enumerate(URLS):
        server[url.removeprefix("http://")] = article(f"Bridge {number}", [f"{number} {WORDS}", WORDS])


def test_a_terminal_gets_one_line_that_is_drawn_again_and_a_pipe_none_of_it(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen(place.command("crawl"), cwd=place.folder, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = ""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece.decode(errors="replace")
    except OSError:  # the end of a terminal
        pass
    os.close(ours)
    assert process.wait() == 0
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    drawn = [line for line in re.split(r"[\r\n]+|\x1b\[2K", shown) if "━" in line]
    assert "0/? reading lists" in drawn[0] and "4/4 1 gone, 3 new" in drawn[-1]
    assert all(len(line) <= 80 for line in drawn)
    assert "\r\ngone: http://herald.test/a/none: answered 404\r\n" in shown

    quiet = place.run("refetch", "-q", URLS[0])
    assert quiet.err == "" and quiet.out.startswith(f"{URLS[0]}: nothing changed")
    piped = place.run("refetch", *URLS, "http://herald.test/a/none", code=5).err
    assert "INFO http://herald.test/a/none: answered 404\n" in piped and URLS[0] not in piped and "━" not in piped
    told = [json.loads(line) for line in place.run("-v", "--log-format", "json", "refetch", URLS[0]).err.splitlines()]
    assert [row["message"] for row in told[:2]] == [f"visit {URLS[0]}: look 4", f"unchanged: {URLS[0]}"]
    assert (told[1]["level"], told[1]["outcome"], told[1]["source"]) == ("debug", "unchanged", "herald")
    assert told[-1]["message"].startswith("run file: ")


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
def test_a_log_that_cannot_be_written_ends_no_run(place, server, stderr: str) -> None:
    """A full disk under /var/log, or a service without stderr."""
    publish(server)
    place.configure(SOURCE)
    command = ["sh", "-c", f'"$@" {stderr}', "sh", *place.command("crawl")]
    assert subprocess.run(command, cwd=place.folder, timeout=120, check=False).returncode == 0
    assert len(place.posts()) == 3 and place.last_run()["exit_code"] == 0
    assert [path.name.endswith(".warc.gz") for path in place.warcs()] == [True]


def test_quiet_says_what_went_wrong(place, server) -> None:
    publish(server)
    server.answers.pop("herald.test/feed.xml")
    place.configure(SOURCE)
    lines = place.run("crawl", "-q", code=1).err.splitlines()
    [error] = [line for line in lines if " ERROR " in line]
    assert error.endswith(" source herald could not be read: http://herald.test/feed.xml: answered 404")
    assert not [line for line in lines if line.startswith(("articles:", "run file:"))]
    place.configure("xyzzy = 1")
    assert "unknown key 'xyzzy'" in place.run("list", "-q", code=2).err
