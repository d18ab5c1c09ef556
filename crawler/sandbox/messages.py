"""Messages between a run and its extraction children: pickled requests, and pickled answers with their length.

Only this file knows the format. A child has parsed a stranger's bytes, so its answers are not trusted: they are read
with an allow-list of classes, and their type is checked.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, BinaryIO

from crawler.discovery import Found
from crawler.errors import ExtractionError, SourceUnreadable
from crawler.items import Post

NUMBER = 8
"""Bytes of a number in a message, big-endian."""
MEMORY_EXIT = 77
"""Exit code of a child that ran out of memory."""
GRACE_SECONDS = 1.0
"""How long a child may take to end by itself before it is killed."""

Answer = Post | Found | ExtractionError | SourceUnreadable

_ALLOWED = {
    "crawler.items": {"Post", "Image", "Candidate", "Section", "Listing"},
    "crawler.discovery.found": {"Found", "EntryPoint"},
    "crawler.errors": {"ExtractionError", "NotAnArticle", "Elsewhere", "PartsNeeded", "TooComplex", "SourceUnreadable"},
    "datetime": {"datetime", "timezone", "timedelta"},
}


class WrongAnswer(Exception):
    """A child sent something that is no answer to its task; the message names it."""


def write_request(request: tuple[Any, ...], stream: BinaryIO) -> None:
    """Send seconds, task, page and further arguments to a child; a large body is not copied."""
    pickle.dump(request, stream, protocol=5)


def read_request(stream: BinaryIO) -> tuple[float, str, list[Any]] | None:
    """Seconds, task and arguments of the next request; None when the parent has ended, even within a request."""
    try:
        seconds, task, *arguments = pickle.load(stream)
    except (EOFError, pickle.UnpicklingError):
        return None
    return seconds, task, arguments


def answer_frame(answer: Answer) -> bytes:
    """An answer as a child sends it."""
    return frame(pickle.dumps(answer, protocol=5))


def frame(body: bytes) -> bytes:
    """`body` with its length before it."""
    return len(body).to_bytes(NUMBER, "big") + body


def read_post(body: bytes) -> Post | ExtractionError:
    """Answer to the task `extract`. Raise WrongAnswer for anything else."""
    answer = _load(body)
    if isinstance(answer, Post | ExtractionError):
        return answer
    raise WrongAnswer(f"an extraction child sent {type(answer).__name__} instead of a post")


def read_found(body: bytes) -> Found | ExtractionError | SourceUnreadable:
    """Answer to the task `discover`. Raise WrongAnswer for anything else."""
    answer = _load(body)
    if isinstance(answer, Found | ExtractionError | SourceUnreadable):
        return answer
    raise WrongAnswer(f"an extraction child sent {type(answer).__name__} instead of candidates")


class _Unpickler(pickle.Unpickler):
    """Load no class that is not on the allow-list."""

    def find_class(self, module: str, name: str) -> type:
        found = super().find_class(module, name) if name in _ALLOWED.get(module, ()) else None
        if not isinstance(found, type):
            raise WrongAnswer(f"an extraction child sent {module}.{name}")
        return found


def _load(body: bytes) -> object:
    try:
        return _Unpickler(io.BytesIO(body)).load()
    except WrongAnswer:
        raise
    except Exception as error:  # pickle raises whatever malformed bytes lead to
        raise WrongAnswer(f"an extraction child sent no pickle: {type(error).__name__}: {error}") from error
