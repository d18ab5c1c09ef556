"""Send one POST to a service that the operator chose: URL and body go in, status and body of the answer come out.

One deadline holds for the whole call, from name resolution to the last byte. A thread makes the call and the caller
stops waiting for it: a name resolution can't be interrupted, and a socket's timeout begins anew with each byte. The
thread is a daemon, so it never holds up the end of the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from archive.errors import ArchiveError


class CallFailed(ArchiveError):
    """A call without an answer; the message says why and does not have the URL, which may hold a token."""


class CallStopped(CallFailed):
    """A call that a signal ended; `exit_code` is that of the signal."""

    def __init__(self, signal: str, number: int) -> None:
        super().__init__(f"stopped by {signal}")
        self.exit_code = 128 + number


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    """HTTP status; a redirect is not followed."""
    body: bytes
    """Body as received, cut at the caller's limit."""


_under_way: list[SimpleQueue[Answer | Exception]] = []
# A SimpleQueue, because a signal handler may put into it while the same thread waits for it.


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, most: int) -> Answer:
    """Send `body` and read at most `most` bytes of the answer; CallFailed unless that takes at most `seconds`."""
    ended: SimpleQueue[Answer | Exception] = SimpleQueue()
    _under_way.append(ended)
    try:
        Thread(target=_post, args=(url, body, headers, seconds, most, ended), daemon=True).start()
        answer = ended.get(timeout=seconds)
    except Empty:
        raise CallFailed(f"no whole answer within {seconds:g} s") from None
    finally:
        _under_way.remove(ended)
    if isinstance(answer, Answer):
        return answer
    if isinstance(answer, CallStopped):
        raise answer
    raise CallFailed(_reason(answer)) from answer


def stop_calls(signal: str, number: int) -> None:
    """End the calls that are under way with CallStopped; for the handler of a signal."""
    for ended in _under_way:
        ended.put(CallStopped(signal, number))


def _post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    most: int,
    ended: SimpleQueue[Answer | Exception],
) -> None:
    try:
        import requests  # 85 ms of CPU, which only a call should cost
        from requests.adapters import HTTPAdapter

        # Without a Session: that one reads the whole body of a redirect, takes proxies and passwords from the
        # environment, and decodes what it reads.
        request = requests.Request("POST", url, data=body, headers={**headers, "Accept-Encoding": "identity"})
        with closing(HTTPAdapter()) as adapter, adapter.send(request.prepare(), stream=True, timeout=seconds) as answer:
            ended.put(Answer(answer.status_code, answer.raw.read(most, decode_content=False)))
    except Exception as error:  # noqa: BLE001 - the caller's thread raises it again
        ended.put(error)


def _reason(error: Exception) -> str:
    """Say why a call failed: OpenSSL's words about a certificate, the system's about a connection, or the type."""
    import ssl  # takes 15 ms, which only a failed call should cost

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"TLS failed: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
