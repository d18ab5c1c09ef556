"""R9, U3: a child in an attacker's hands neither reaches the machine nor hurts the run that asks it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attacker
import pytest
from attacker import HONEST

from crawler.config import Limits
from crawler.discovery import EntryPoint
from crawler.errors import ExtractionError, SourceUnreadable, TooComplex
from crawler.items import Page, Source
from crawler.original.view import Place, View
from crawler.sandbox.forkserver import Child, ForkServer, Gone
from crawler.sandbox.messages import NUMBER, Request, WrongAnswer, answer_frame, read_view
from crawler.sandbox.pool import Workers

ATTACKER = str(Path(attacker.__file__))
SECONDS = 2.0
"""Time for a page in these tests; a silent child is ended a second later."""


def page(body: bytes) -> Page:
    return Page("https://a.example/1", body, [("Content-Type", "text/html")], datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def taken() -> Iterator[Workers]:
    """A pool whose children attack when their page says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForkServer, "PROGRAM", (ATTACKER,))
        with Workers(1, seconds=SECONDS) as running:
            yield running


def tried(workers: Workers, door: str, argument: object) -> str:
    """What came of `door` in the child: `open: RESULT`, `shut: ERROR`, or how the child ended."""
    try:
        return workers.extract_now(page(f"attack {door} {argument}".encode()), None).title
    except ExtractionError as error:
        return str(error)


def is_shut(workers: Workers, door: str, argument: object) -> bool:
    """Whether the child could not do `door`; a child that the kernel ended could not either."""
    return tried(workers, door, argument).startswith(("shut: ", "too complex: crash"))


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="children are confined on Linux")


@needs_linux
@pytest.mark.parametrize("door", ["connect", "datagram", "socketpair", "fork"])
def test_R9_a_taken_child_opens_no_socket_and_starts_no_process(taken: Workers, door: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert is_shut(taken, door, listening.getsockname()[1])
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


@needs_linux
@pytest.mark.parametrize(
    "door",
    [
        "run",
        "exec",
        "write",
        "append",
        "create",
        "truncate",
        "remove",
        "rename",
        "mode",
        "link",
        "folder",
        "read",
        "list",
    ],
)
def test_R9_a_taken_child_reads_and_changes_no_file(taken: Workers, door: str, tmp_path: Path) -> None:
    secret = tmp_path / "key.pem"
    secret.write_bytes(b"secret")
    secret.chmod(0o600)
    assert is_shut(taken, door, tmp_path if door == "list" else secret)
    assert secret.read_bytes() == b"secret" and secret.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [secret]


@needs_linux
def test_R9_a_taken_child_reads_no_environment_and_signals_nobody(taken: Workers) -> None:
    for path in (f"/proc/{os.getpid()}/environ", f"/proc/{os.getpid()}/mem", "/proc/self/environ", "/etc/passwd"):
        assert is_shut(taken, "read", path)
    assert is_shut(taken, "kill", os.getpid())


@needs_linux
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are those of x86-64")
@pytest.mark.parametrize(
    "call",
    {
        "ptrace": "101 16 1 0 0",
        "process_vm_readv": "310 1 0 0 0 0 0",
        "io_uring_setup": "425 1 0",
        "bpf": "321 0 0 0",
        "memfd_create": "319 0 0",
        "userfaultfd": "323 0",
        "unshare": "272 268435456",
        "mount": "165 0 0 0 0 0",
        "pidfd_open": "434 1 0",
        "openat2": "437 -100 0 0 0",
        "open for writing": "2 0 1 0",
        "the x32 ABI": "1073741863",
    }.values(),
)
def test_R9_a_taken_child_makes_no_other_system_call(taken: Workers, call: str) -> None:
    # Refused by the filter (1 EPERM, 38 ENOSYS), not for its arguments; calls of another ABI end the process.
    assert tried(taken, "call", call) in ("shut: [Errno 1] refused", "shut: [Errno 38] refused", "too complex: crash")


@needs_linux
@pytest.mark.parametrize(
    ("refused", "held"),
    [
        ("pass", "landlock seccomp"),
        ("confinement._LANDLOCK_CREATE_RULESET = 9999", "seccomp"),
        ("confinement._ARCHITECTURES = {}", "landlock"),
        ("confinement._ARCHITECTURES, confinement._LANDLOCK_RESTRICT_SELF = {}, 9999", ""),
        ("confinement._PR_SET_NO_NEW_PRIVS = 9999", ""),
        ("confinement.sys.platform = 'darwin'", ""),
    ],
)
def test_R9_what_confines_a_child_is_tried_out(refused: str, held: str) -> None:
    program = f"from crawler.sandbox import confinement\n{refused}\nprint(*confinement.tried())\nopen('/etc/passwd')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == held, "and the process that asked is not confined"


def test_R9_a_confined_child_reads_pages_in_any_encoding_and_time_zone(taken: Workers) -> None:
    for charset in ("gb18030", "big5", "shift_jis", "euc-kr", "koi8-r"):
        text = HONEST.decode().replace("<head>", f'<head><meta charset="{charset}">')
        source = Source("a", timezone="Pacific/Auckland")
        assert taken.extract_now(page(text.encode(charset)), source).title == "Honest news today"


WRONG_ANSWERS = {
    "a script in the body": 'post body_html "<p>x</p><script>alert(1)</script>"',
    "a handler": 'post body_html "<p onclick=\\"x()\\">x</p>"',
    "an unclosed comment": 'post body_html "<p>x</p><!--"',
    "a stray end tag": 'post body_html "</div></div><p>x</p>"',
    "a javascript link": 'post body_html "<a href=\\"javascript:x()\\">x</a>"',
    "another article's URL": 'post url "https://a.example/2"',
    "a date without a zone": 'post published "2026-01-01T00:00:00"',
    "a date that is none": "post published [1]",
    "a picture that is a file": 'post images [{"url": "file:///etc/passwd"}]',
    "a picture without URL": 'post images [{"caption": "x"}]',
    "a number for a title": "post title 7",
    "nothing for a title": "post title null",
    "a text for the authors": 'post authors "x"',
    "a number for an author": "post authors [7]",
    "two answers": "twice x",
    "an unknown error": 'error {"name": "SystemExit", "words": ["1"]}',
    "an error of the run": 'error {"name": "StorageFailed", "words": ["disk full"]}',
    "an error with too many words": 'error {"name": "Elsewhere", "words": ["1", "2", "3"]}',
    "an error without words": 'error {"name": "NotAnArticle", "words": []}',
    "a wish for no further page": 'error {"name": "PartsNeeded"}',
    "a further page that is a file": 'error {"name": "PartsNeeded", "urls": ["file:///etc/passwd"]}',
    "candidates instead of a post": 'found {"candidates": []}',
    "a pickle": "framed 80049511000000000000008c026f738c0673797374656d93942e",
    "nothing": "framed c0",
    "an empty frame": "framed ",
    "a text that is not UTF-8": "framed 81a4706f7374a1ff",
    "lists in lists": "nested 100000",
    "tables as keys": "nested-keys 100000",
    "a length of a terabyte": "flood 2",
    "half an answer": "half x",
    "no answer": "silent x",
}


@pytest.mark.parametrize("attack", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_U3_a_child_that_answers_wrongly_is_ended_and_the_next_page_read(taken: Workers, attack: str) -> None:
    started = time.monotonic()
    with pytest.raises(TooComplex, match=r"^too complex: (crash|time)$"):
        taken.extract_now(page(f"attack {attack}".encode()), None)
    assert time.monotonic() - started < SECONDS + 5
    assert taken.extract_now(page(HONEST), None).title == "Honest news today"


CANDIDATE = '{"url": "https://a.example/2", "source": "a"}'

WRONG_FINDS = {
    "a candidate of another source": '{"candidates": [{"url": "https://a.example/2", "source": "b"}]}',
    "a candidate that is a file": '{"candidates": [{"url": "file:///etc/passwd", "source": "a"}]}',
    "more candidates than asked for": '{"candidates": [' + ",".join([CANDIDATE] * 11) + "]}",
    "a document of another kind": '{"next": [{"kind": "post", "url": "https://a.example/"}]}',
    "a section that nobody configured": '{"next": [{"kind": "section", "url": "https://a.example/", "section": '
    '{"url": "https://a.example/", "links": "a"}}]}',
    "a date without a zone": '{"candidates": [{"url": "https://a.example/2", "source": "a", "published": '
    '"2026-01-01T00:00:00"}]}',
}


@pytest.mark.parametrize("found", WRONG_FINDS.values(), ids=WRONG_FINDS)
def test_U3_a_child_that_finds_what_it_may_not_is_ended(taken: Workers, found: str) -> None:
    entry = EntryPoint("feed", "https://a.example/feed")
    asked = taken.discover(page(f"attack found {found}".encode()), Source("a"), entry, Limits(discovered_urls=10))
    with pytest.raises(SourceUnreadable, match="too complex: crash"):
        asyncio.run(asked)


@pytest.mark.parametrize("urls", [(), ("https://a.example/1", "https://a.example/2"), ("javascript:alert(1)",)])
def test_U3_a_link_of_a_view_leads_to_one_page(urls: tuple[str, ...]) -> None:
    body = answer_frame(View(("<a", ">x</a>"), (Place("page", urls),)))[NUMBER:]
    with pytest.raises(WrongAnswer):
        read_view(body, Request("page", SECONDS, page(b"<a>x</a>")))


def test_U3_a_wrong_answer_is_in_the_log_on_one_line(taken: Workers, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TooComplex):
        taken.extract_now(page(b'attack post url "https://a.example/2"'), None)
    [record] = [record for record in caplog.records if "child" in record.message]
    assert record.message == (
        "https://a.example/1: an extraction child sent a post of another URL; the child was ended"
    )


@pytest.fixture
def untaken() -> Iterator[tuple[Child, int]]:
    """A child that takes nothing of what it is sent, and the descriptor of its answers."""
    request, frames = os.pipe()
    answers, answering = os.pipe()
    child = Child(0, frames, answers)
    try:
        yield child, answering
    finally:
        child.close()
        os.close(request)
        os.close(answering)


def test_D5_a_child_that_does_not_take_its_page_is_left_in_time(untaken: tuple[Child, int]) -> None:
    started = time.monotonic()
    with pytest.raises(Gone):  # the page is larger than a pipe holds
        untaken[0].ask(Request("extract", 0.1, page(b"x" * 2**20)))
    assert time.monotonic() - started < SECONDS + 5


def test_U3_a_child_that_answers_before_it_is_asked_is_wrong(untaken: tuple[Child, int]) -> None:
    child, answering = untaken
    os.write(answering, b"x")
    with pytest.raises(WrongAnswer, match="sent bytes before it was asked"):
        child.ask(Request("extract", 0.1, page(HONEST)))
