"""An object store: keys and bytes go in and come out; each failure is one clear line without any secret.

It is a bucket of any S3-compatible service, or a folder (`file:///mnt/disk`), both by obstore. Nothing is ever
overwritten or deleted in it. What the library says of an error is never passed on: it repeats the answer of the server,
which may hold the id of the access key (obstore 0.12, 2026-11).
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit

from archive.errors import StoreFailed, UsageError

T = TypeVar("T")
PIECE = 8 << 20
"""Bytes of one request. A larger file is put in parts of this size, and everything is read in such ranges."""
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_OTHER_CREDENTIALS = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
"""Variables that also lead to credentials, or say that none are needed."""
_MOST_PARTS = 9_000
"""S3 allows 10,000 parts of one object."""
LOOKS = 3
"""Times that an object is read before it counts as damaged: an answer on the way may be damaged too."""
_NO_LINKS = re.compile(r"\(os error (?:1|38|95)\)")
"""A disk without hard links, such as exFAT, by which a new file is made only if there is none."""
_REASONS = (
    (r"NoSuchBucket", "the bucket does not exist"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|\b401 Unauthorized", "the credentials of the environment are refused"),
    (r"AccessDenied|\b403 Forbidden|[Pp]ermission denied", "permission denied"),
    (r"No space left|QuotaExceeded", "the store is full"),
    (r"Read-only file system", "the store can't be written: it is read-only"),
    (r"kind: Timeout|TimedOut|timed out", "no answer in time"),
    (r"\b501 Not Implemented", "the store can't put an object only if it is absent (501 Not Implemented)"),
    (r"IncompleteBody|kind: Interrupted", "the answer was cut off"),
    (r"kind: Connect|dns error|Connection refused", "it can't be reached"),
    (r"non-2xx status code: (\d{3})", "it answers {0}"),
    (r"kind: Request|error sending request", "the connection was closed before the answer"),
)
"""What an error of the library says, and what we say."""


@dataclass(frozen=True)
class Place:
    """Where a store is; without credentials."""

    url: str
    """`s3://BUCKET/PREFIX` or `file:///FOLDER`."""
    endpoint: str = ""
    """URL of an S3-compatible service; empty for that of the environment (`AWS_ENDPOINT_URL`), else Amazon's."""
    region: str = ""
    """Empty for that of the environment (`AWS_REGION`), else `us-east-1`."""
    within: str = ""
    """Folder of the archive below the URL, for one of several archives; it is made when it is missing."""

    @property
    def name(self) -> str:
        """URL of the archive."""
        return f"{self.url.rstrip('/')}/{self.within}" if self.within else self.url


@dataclass(frozen=True)
class Patience:
    """How long to wait for a store."""

    answer: float = 120.0
    """Seconds for one request: 8 MiB at 0.6 Mbit/s."""
    connection: float = 10.0
    waits: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    """Seconds before each further try."""
    most: float = 180.0
    """Seconds after which no further try is made."""
    rest: float = 0.0
    """Seconds after a failure in which nothing is asked: all fails at once, with the same words."""


READING = Patience(answer=30.0, connection=5.0, waits=(0.1, 0.5, 2.0), most=30.0, rest=10.0)
"""For a reader who waits for a record, or for a page with many."""


class Store:
    """The objects below one place."""

    def __init__(self, place: Place, environ: Mapping[str, str] = os.environ, patience: Patience | None = None) -> None:
        """UsageError when obstore or the credentials are missing; StoreFailed when the folder does not exist."""
        self._patience = patience or Patience()
        self._failed = float("-inf"), ""
        """When the store failed last, and its words."""
        parts = urlsplit(place.url)
        if parts.scheme != "file":
            endpoint = place.endpoint or environ.get("AWS_ENDPOINT_URL", "")
            region = place.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
            place = replace(place, endpoint=endpoint, region=region)
        self.place = place
        """With the endpoint and region of the environment, where the given place has none."""
        try:
            import obstore
            from obstore import exceptions
        except ImportError as error:
            raise UsageError("stores need a library that is not installed: pip install 'warcpress[s3]'") from error
        self._api, self._errors = obstore, exceptions
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        above = "" if self._folder else parts.path.strip("/")
        self._prefix = "/".join(filter(None, (above, place.within)))
        try:
            self._store = self._open_folder(self._folder) if self._folder else self._open_bucket(parts.netloc, environ)
        except (exceptions.BaseError, ValueError):
            fault = f"{place.name}: can't be opened; look at [remote], and at the AWS_… variables of the environment"
        else:
            return
        raise UsageError(fault)  # not in the `except`: no traceback then shows the library's text

    def _open_folder(self, folder: Path) -> Any:
        if not folder.is_dir():
            raise StoreFailed(f"{self.place.name}: no such folder; make it, or mount its disk")
        return self._api.store.LocalStore(folder)

    def _open_bucket(self, bucket: str, environ: Mapping[str, str]) -> Any:
        missing = [name for name in CREDENTIALS if not environ.get(name)]
        if missing and not any(environ.get(name) for name in _OTHER_CREDENTIALS):
            raise UsageError(f"{self.place.name}: the environment has no {' and no '.join(missing)}")
        endpoint, seconds = self.place.endpoint, timedelta(seconds=self._patience.answer)
        config: Any = {"region": self.place.region} | ({"endpoint": endpoint} if endpoint else {})
        return self._api.store.S3Store(
            bucket,
            config=config,
            client_options={
                "timeout": seconds,
                "connect_timeout": timedelta(seconds=self._patience.connection),
                "allow_http": endpoint.startswith("http://"),
            },
            # Of single parts of a large object; `_call` tries again too, also after cut answers.
            retry_config={"max_retries": 4, "retry_timeout": seconds},
        )

    def put(self, key: str, content: bytes) -> None:
        """Put an object, if there is none under this key."""
        place = self._at(key)

        def create() -> None:
            try:
                self._api.put(self._store, place, content, mode="create")
            except self._errors.AlreadyExistsError:  # whose bytes it has, the caller compares
                pass
            except self._errors.BaseError as error:
                if self._folder is None or not _NO_LINKS.search(str(error)) or self.size(key) is not None:
                    raise
                self._api.put(self._store, place, content)

        self._call("put", key, create)
        self._make_durable(key)

    def put_file(self, key: str, file: BinaryIO, size: int) -> None:
        """Put an open file, if there is no object under this key: in parts when it is large.

        Parts can't be put on a condition, so a large object is looked for before. Two pushes at the same instant then
        put the same bytes: in an archive a name always means the same bytes.
        """
        file.seek(0)
        if size <= PIECE:
            self.put(key, file.read())
            return
        part, place = max(PIECE, -(-size // _MOST_PARTS)), self._at(key)

        def in_parts() -> None:
            if self.size(key) is None:  # asked before each try: it may be there although the answer was lost
                file.seek(0)
                self._api.put(self._store, place, file, use_multipart=True, chunk_size=part, max_concurrency=2)

        self._call("put", key, in_parts)
        self._make_durable(key)

    def size(self, key: str) -> int | None:
        """Bytes of an object; None when there is none."""
        place = self._at(key)

        def head() -> int | None:
            try:
                return int(self._api.head(self._store, place)["size"])
            except FileNotFoundError:
                return None

        return self._call("look for", key, head)

    def read(self, key: str, start: int, count: int) -> bytes:
        """Read so many bytes of an object; StoreFailed when it has fewer."""
        place, end = self._at(key), start + count
        if not count:
            return b""

        def get() -> bytes:
            found = bytes(self._api.get_range(self._store, place, start=start, end=end))
            if len(found) != count:
                raise _Short
            return found

        return self._call("read", key, get)

    def pieces(self, key: str, size: int) -> Iterator[bytes]:
        """Read an object piece by piece."""
        for start in range(0, size, PIECE):
            yield self.read(key, start, min(PIECE, size - start))

    def get(self, key: str) -> bytes | None:
        """Read a small object whole; None when there is none. StoreFailed also when there is no bucket."""
        place = self._at(key)

        def get() -> bytes | None:
            try:
                return bytes(self._api.get(self._store, place).bytes())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

        return self._call("read", key, get)

    def difference(self, key: str, size: int, sha256: str) -> str:
        """Say how an object differs from what it should be; empty when it does not."""
        said = ""
        for _ in range(LOOKS):
            found = self.size(key)
            if found is None:
                return "missing"
            if found != size:
                said = f"{found} bytes, not {size}"
                continue
            digest = hashlib.sha256()
            for piece in self.pieces(key, size):
                digest.update(piece)
            if digest.hexdigest() == sha256:
                return ""
            said = "other bytes: its sha256 is another"
        return said

    def _at(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def _make_durable(self, key: str) -> None:
        """Let a put into a folder survive a power loss: obstore does not fsync."""
        if self._folder is None:
            return
        path = self._folder / self._at(key)
        try:
            for place in (path, *path.parents[: len(Path(self._at(key)).parts)]):
                handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise StoreFailed(f"{self.place.name}: can't keep {key}: {error.strerror}") from error

    def _call(self, doing: str, key: str, call: Callable[[], T]) -> T:
        """Call the library, again after failures that may pass; StoreFailed after the last one."""
        failed, words = self._failed
        if time.monotonic() < failed + self._patience.rest:
            raise StoreFailed(words)
        waits, deadline = list(self._patience.waits), time.monotonic() + self._patience.most
        while True:
            try:
                return call()
            except (FileNotFoundError, ValueError, _Short, self._errors.BaseError) as error:
                if waits and time.monotonic() < deadline and self._may_pass(error):
                    time.sleep(waits.pop(0))
                    continue
                reason = _reason(error)
            # Not in the `except`: no traceback then shows the library's text.
            words = f"{self.place.name}: can't {doing} {key}: {reason}; nothing is lost, try again later"
            self._failed = time.monotonic(), words
            raise StoreFailed(words)

    def _may_pass(self, error: Exception) -> bool:
        lasting = (self._errors.PermissionDeniedError, self._errors.UnauthenticatedError, FileNotFoundError)
        if "NoSuchUpload" in str(error):  # the last request of an upload was tried again after its answer was lost
            return True
        return not isinstance(error, lasting) and "NoSuchBucket" not in str(error)


class _Short(Exception):
    """An answer with fewer bytes than were asked for."""


def _reason(error: Exception) -> str:
    """What an error says, in our words."""
    if isinstance(error, _Short):
        return "the answer was cut off"
    text = str(error)
    for pattern, words in _REASONS:
        if found := re.search(pattern, text):
            return words.format(*found.groups())
    return "it is not there" if isinstance(error, FileNotFoundError) else "the request failed"
