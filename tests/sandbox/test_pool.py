"""Extraction in children: same answers as in-process, hostile pages ended, nothing inherited, no process left."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionError, NotAnArticle, SourceUnreadable, TooComplex
from crawler.extractors import extract
from crawler.items import Candidate, Listing, Page, Post, Source
from crawler.sandbox import child as worker_child
from crawler.sandbox.forkserver import Child
from crawler.sandbox.messages import NUMBER, Request, answer_frame
from crawler.sandbox.pool import Workers

GOOD = b"<html><head><title>Good news today</title></head><body><h1>Good news today</h1>" + b"".join(
    b"<p>Paragraph %d of the good news, which is told here, with commas. And once more.</p>" % n for n in range(8)
)
# Quotes hide the size of the tag from the check that comes before parsing: only the alarm ends this one.
SLOW = ("<div " + " ".join(f'a{n}="<"' for n in range(120_000)) + ">x</div>").encode()


def page(body: bytes, kind: str = "text/html") -> Page:
    return Page("https://a.example/1", body, [("Content-Type", kind)], datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(1, seconds=3.0) as running:
        yield running


def test_a_child_gives_the_same_post_as_extract(workers: Workers) -> None:
    source = Source("a", site="A", headers={"Cookie": "secret"})
    assert asyncio.run(workers.extract(page(GOOD), source)) == extract(page(GOOD), source)


def test_a_child_gives_the_same_errors_as_extract(workers: Workers) -> None:
    with pytest.raises(NotAnArticle) as told:
        asyncio.run(workers.extract(page(b"%PDF", "application/pdf"), None))
    assert (told.value.reason, told.value.detail) == ("not-html", "application/pdf")


FEED = b"<rss version='2.0'><channel><item><title>T</title><link>https://a.example/2</link></item></channel></rss>"

HEAVY = b"[" + b'{"":0},' * 590_000 + b"0]"  # 140 MB of tables


def test_a_child_reads_discovery_documents(workers: Workers) -> None:
    source, entry = Source("a", headers={"Cookie": "secret"}), EntryPoint("feed", "https://a.example/feed")
    answer = asyncio.run(workers.discover(page(FEED), source, entry, Limits()))
    via = "https://a.example/1"
    assert answer == Found((Candidate("https://a.example/2", "a", title="T", via=via),), form="RSS")
    with pytest.raises(SourceUnreadable) as told:
        asyncio.run(workers.discover(page(b"{}"), source, entry, Limits()))
    assert told.value.url == "https://a.example/1" and told.value.reason.startswith("JSON, but not a JSON Feed")


def test_R8_a_document_that_takes_too_long_is_unreadable(workers: Workers) -> None:
    entry = EntryPoint("listing", "https://a.example/list", listing=Listing("https://a.example/list", items=""))
    with pytest.raises(SourceUnreadable, match=r"^https://a.example/1: too complex: time$"):
        asyncio.run(workers.discover(page(HEAVY), Source("a"), entry, Limits(discover_seconds=0.01)))
    assert workers.extract_now(page(GOOD), None).title == "Good news today"


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts mapped memory on Linux only")
def test_R8_a_document_that_takes_too_much_memory_is_unreadable() -> None:
    entry = EntryPoint("listing", "https://a.example/list", listing=Listing("https://a.example/list", items=""))
    with Workers(1, seconds=20, memory_bytes=150 * 2**20) as small:
        with pytest.raises(SourceUnreadable, match=r"^https://a.example/1: too complex: (memory|crash)$"):
            asyncio.run(small.discover(page(HEAVY), Source("a"), entry, Limits()))
        assert asyncio.run(small.discover(page(FEED), Source("a"), EntryPoint("feed", "x"), Limits())).candidates


def test_R8_a_page_that_takes_too_long_is_ended_and_the_next_one_answered(workers: Workers) -> None:
    started = time.monotonic()
    with pytest.raises(TooComplex, match="time"):
        workers.extract_now(page(SLOW), None)
    assert time.monotonic() - started < 5
    assert workers.extract_now(page(GOOD), None).title == "Good news today"


def test_many_answers_come_in_order(workers: Workers) -> None:
    jobs = [(page(GOOD.replace(b"today", b"no %d" % n)), None) for n in range(7)] + [(page(b"x", "image/png"), None)]
    answers = list(workers.extract_many(jobs))
    assert [answer.title for answer in answers[:7] if not isinstance(answer, ExtractionError)] == [
        f"Good news no {n}" for n in range(7)
    ]
    assert isinstance(answers[7], NotAnArticle)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_children_inherit_nothing_and_end_with_their_pool() -> None:
    others = set(children(os.getpid()))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        os.set_inheritable(listening.fileno(), True)
        with Workers(1) as running:
            running.extract_now(page(GOOD), None)
            [server] = set(children(os.getpid())) - others
            [child] = children(server)
            assert not sockets(child) and len(sockets(server)) == 1, "the server has its control, a child nothing"
            os.kill(child, signal.SIGSEGV)
            with pytest.raises(TooComplex, match="crash"):
                running.extract_now(page(GOOD), None)
            assert running.extract_now(page(GOOD), None).title == "Good news today"
            assert child not in children(server)
        assert set(children(os.getpid())) == others and not children(server)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_R8_a_killed_fork_server_is_started_again() -> None:
    others = set(children(os.getpid()))
    with Workers(1) as running:
        running.extract_now(page(GOOD), None)
        [server] = set(children(os.getpid())) - others
        [child] = children(server)
        os.kill(server, signal.SIGKILL)
        assert running.extract_now(page(GOOD), None).title == "Good news today"  # from the child that is still there
        os.kill(child, signal.SIGKILL)
        with pytest.raises(TooComplex, match="crash"):
            running.extract_now(page(GOOD), None)
        assert running.extract_now(page(GOOD), None).title == "Good news today"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_R8_children_do_not_outlive_a_killed_parent() -> None:
    script = (
        "import sys, time; from datetime import UTC, datetime; from crawler.items import Page;"
        "from crawler.sandbox.pool import Workers;"
        "page = Page('https://a.example/1', sys.stdin.buffer.read(), [], datetime(2026, 1, 2, tzinfo=UTC));"
        "w = Workers(1); w.extract_now(page, None); print(flush=True); time.sleep(60)"
    )
    pipe = subprocess.PIPE
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe)
    assert parent.stdin is not None and parent.stdout is not None
    parent.stdin.write(GOOD)
    parent.stdin.close()
    assert parent.stdout.readline() == b"\n"
    [server] = children(parent.pid)
    [child] = children(server)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while not is_gone(server) or not is_gone(child):
        assert time.monotonic() < deadline, "the server or its child is still there"
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts mapped memory on Linux only")
def test_R8_a_fork_server_whose_run_was_killed_at_its_start_prints_nothing() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        command = [sys.executable, "-m", "crawler.sandbox.child", str(500 * 2**20)]
        done = subprocess.run(command, stdin=theirs.fileno(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_R8_a_page_that_takes_too_much_memory_is_too_complex() -> None:
    # One character beyond the basic plane makes Python keep four bytes for each.
    wide = "<html><body><p>\U0001f600 " + "word, " * 1_300_000
    with Workers(1, seconds=20, memory_bytes=150 * 2**20) as small:
        with pytest.raises(TooComplex, match=r"memory|crash"):
            small.extract_now(page(wide.encode()), None)
        assert small.extract_now(page(GOOD), None).title == "Good news today"


def children(parent: int) -> list[int]:
    """Ids of the extraction processes that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if b"crawler.sandbox.child" in command and above == parent and not is_gone(int(entry.name)):
                found.append(int(entry.name))
    return found


def sockets(pid: int) -> list[str]:
    """Sockets that a process has open."""
    targets = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return [target for target in targets if target.startswith("socket:")]


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_C3_no_configured_header_enters_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def ask(_child: Child, request: Request) -> bytes:
        asked.append(request)
        return answer_frame(TooComplex("time"))[NUMBER:]

    monkeypatch.setattr(Child, "ask", ask)
    with Workers(1) as running, pytest.raises(TooComplex):
        running.extract_now(page(GOOD), Source("a", headers={"Cookie": "secret"}))
    assert [request.source for request in asked] == [Source("a")]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
def test_C3_no_secret_of_the_environment_enters_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", "s3cret")
    others = set(children(os.getpid()))
    with Workers(1) as running:
        running.extract_now(page(GOOD), None)
        [server] = set(children(os.getpid())) - others
        for number in (server, *children(server)):
            given = Path(f"/proc/{number}/environ").read_bytes()
            assert b"PATH=" in given and b"s3cret" not in given


def test_P4_an_internal_error_is_reported_without_a_path_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_request: Request) -> Post:
        raise KeyError("x")

    monkeypatch.setattr(worker_child, "_do", broken)
    told = str(worker_child._answer(Request("extract", 1.0, page(GOOD))))
    assert told.startswith("internal error: KeyError: 'x' (test_pool.py:")
    assert str(Path(__file__).parent) not in told
