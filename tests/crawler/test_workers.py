"""Extraction in children: the same answers and errors as in-process, hostile pages ended, nothing inherited or left."""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler import worker_child
from crawler import workers as workers_module
from crawler.errors import ExtractionError, NotAnArticle, TooComplex
from crawler.extractors import extract
from crawler.items import Page, Source
from crawler.workers import Workers, _Reply

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


def test_the_post_is_the_one_of_extract(workers: Workers) -> None:
    source = Source("a", site="A", headers={"Cookie": "secret"})
    assert asyncio.run(workers.extract(page(GOOD), source)) == extract(page(GOOD), source)


def test_errors_are_those_of_extract(workers: Workers) -> None:
    with pytest.raises(NotAnArticle) as told:
        asyncio.run(workers.extract(page(b"%PDF", "application/pdf"), None))
    assert (told.value.reason, told.value.detail) == ("not-html", "application/pdf")


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
def test_children_inherit_nothing_and_go_with_their_workers() -> None:
    others = set(children())
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.set_inheritable(server.fileno(), True)
        with Workers(1) as running:
            running.extract_now(page(GOOD), None)
            [child] = set(children()) - others
            targets = [str(link.readlink()) for link in Path(f"/proc/{child}/fd").iterdir()]
            assert not [target for target in targets if target.startswith("socket:")]
            os.kill(child, signal.SIGSEGV)
            with pytest.raises(TooComplex, match="crash"):
                running.extract_now(page(GOOD), None)
            assert running.extract_now(page(GOOD), None).title == "Good news today"
            assert child not in children()
        assert set(children()) == others


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_R8_children_do_not_outlive_a_killed_parent() -> None:
    script = (
        "import time; from crawler.workers import Workers; w = Workers(1); w.start();"
        "print(w._idle.get().process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and not is_zombie(child):
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts mapped memory on Linux only")
def test_R8_a_page_that_takes_too_much_memory_is_told() -> None:
    # One character beyond the basic plane makes Python keep four bytes for each.
    wide = "<html><body><p>\U0001f600 " + "word, " * 1_300_000
    with Workers(1, seconds=20, memory_bytes=150 * 2**20) as small:
        with pytest.raises(TooComplex, match=r"memory|crash"):
            small.extract_now(page(wide.encode()), None)
        assert small.extract_now(page(GOOD), None).title == "Good news today"


def children() -> list[int]:
    """Extraction children of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if b"crawler.worker_child" in command and parent == os.getpid() and not is_zombie(int(entry.name)):
                found.append(int(entry.name))
    return found


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_U3_only_posts_and_errors_are_taken_from_a_child() -> None:
    assert _Reply(io.BytesIO(pickle.dumps(NotAnArticle("empty", "x")))).load().reason == "empty"
    for other in (Path("/"), subprocess.run, os.system):
        with pytest.raises(pickle.UnpicklingError, match="an extraction child sent"):
            _Reply(io.BytesIO(pickle.dumps(other))).load()


def test_C3_no_configured_header_enters_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Source | None] = []
    monkeypatch.setattr(workers_module._Child, "call", lambda _child, _page, source: sent.append(source))
    with Workers(1) as running:
        running.extract_now(page(GOOD), Source("a", headers={"Cookie": "secret"}))
    assert sent == [Source("a")]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
def test_C3_no_secret_of_the_environment_enters_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", "s3cret")
    others = set(children())
    with Workers(1) as running:
        running.extract_now(page(GOOD), None)
        [child] = set(children()) - others
        given = Path(f"/proc/{child}/environ").read_bytes()
    assert b"PATH=" in given and b"s3cret" not in given


def test_P4_a_fault_of_ours_is_told_without_a_path_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_page: Page, _source: Source | None) -> None:
        raise KeyError("x")

    monkeypatch.setattr(worker_child, "extract", broken)
    told = str(worker_child._answer(page(GOOD), None))
    assert "KeyError: 'x' (test_workers.py:" in told
    assert str(Path(__file__).parent) not in told
