"""Calls to the services that an operator chose end at a deadline, whatever the server does."""

from __future__ import annotations

import signal
import socket
import threading
import time
from types import FrameType

import pytest
from wire_server import Answer, WireServer, body

from archive import CallFailed, post, stop_calls

HEAD = b"HTTP/1.1 200 OK\r\n"
FORMS = {
    "silence": Answer((), then="hang"),
    "a status line in drips": Answer(tuple(HEAD[n : n + 1] for n in range(len(HEAD))), pause=0.3, then="hang"),
    "endless headers": Answer((HEAD,), endless=b"X-A: b\r\n", pause=0.05),
    "an endless header": Answer((HEAD + b"X-A: ",), endless=b"a", pause=0.05),
    "an endless series of 100s": Answer((), endless=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05),
    "a body in drips": Answer((HEAD + b"Content-Length: 1000\r\n\r\n",), endless=b"a", pause=0.3),
    "a chunked body in drips": Answer(
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n",), endless=b"1\r\na\r\n", pause=0.3
    ),
    "endless trailers": Answer((HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",), endless=b"A: b\r\n", pause=0.05),
}


@pytest.mark.parametrize("form", FORMS)
def test_N8_a_server_that_never_ends_is_left_at_the_deadline(form: str) -> None:
    with WireServer({"/": FORMS[form]}) as server:
        began = time.monotonic()
        with pytest.raises(CallFailed) as told:
            post(server.url("/"), b"x", {}, seconds=1.0, most=1 << 20)
        assert time.monotonic() - began < 3
        assert server.url("/") not in str(told.value)


def test_N8_a_name_resolution_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30))
    with pytest.raises(CallFailed, match=r"no whole answer within 0\.5 s"):
        post("http://stamps.example/", b"x", {}, seconds=0.5, most=10)
    released.set()


def test_N8_a_body_is_cut_and_a_redirect_is_not_followed() -> None:
    answers = {
        "/endless": Answer((HEAD + b"\r\n",), endless=b"a" * 10_000),
        "/circle": Answer((b"HTTP/1.1 307 T\r\nLocation: /circle\r\n\r\n",), endless=b"a" * 10_000),
        "/bomb": body(b"\x1f\x8b", HEAD + b"Content-Encoding: gzip\r\n"),
    }
    with WireServer(answers) as server:
        assert post(server.url("/endless"), b"x", {}, seconds=20, most=1000).body == b"a" * 1000
        assert post(server.url("/circle"), b"x", {}, seconds=20, most=1000).status == 307
        assert post(server.url("/bomb"), b"x", {}, seconds=20, most=1000).body == b"\x1f\x8b"
        assert len(server.exchanges) == 3


def test_N8_a_signal_ends_a_call_at_once_with_its_exit_code() -> None:
    def handler(number: int, _frame: FrameType | None) -> None:
        stop_calls("SIGALRM", number)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with WireServer({"/": FORMS["silence"]}) as server:
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(CallFailed, match="stopped by SIGALRM") as told:
                post(server.url("/"), b"x", {}, seconds=60, most=10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert told.value.exit_code == 128 + signal.SIGALRM


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(CallFailed, match=r"^Connection refused$"):
        post("http://127.0.0.1:9/", b"x", {}, seconds=20, most=10)
