"""Files go in, and are read by the workers of a Dask cluster; batches of findings and rows come out in their order.

The files must be at the same paths for every worker.
"""

from __future__ import annotations

import logging
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from archive.audit.scanning.files import Part, Target, read_file, read_files, unreadable
from archive.errors import StorageError, UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECTION = 30
"""Seconds to wait for the scheduler, and for a worker when there is none."""
FOR_EACH_THREAD = 3
"""Files that are being read or wait for this process, for each thread of the cluster: bounds the memory."""


def read_on_cluster(targets: Sequence[Target], now: datetime, address: str) -> Iterator[tuple[int, Part]]:
    """Read all files, as `read_files` does; `address` is that of the scheduler, as `tcp://HOST:PORT`.

    StorageError for a file that can't be read, or when the cluster does not read it to its end.
    """
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; `pip install 'warcpress[dask]'` installs it") from None
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):  # our own lines say what matters
            logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with distributed.Client(address, timeout=CONNECTION, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=CONNECTION)
            yield from _read(client, targets, now)
    except ModuleNotFoundError as error:
        raise StorageError(f"the Dask cluster lacks {error.name}: its machines need the same warcpress") from None
    except (OSError, CancelledError, distributed.client.ClosedClientError) as error:
        told = " ".join(str(error).split())
        raise StorageError(f"the Dask cluster at {address} does not answer, or has no worker: {told}") from None


def _read(client: Client, targets: Sequence[Target], now: datetime) -> Iterator[tuple[int, Part]]:
    todo, reading = deque(targets), deque[tuple[Target, Any]]()
    while todo or reading:
        while todo and len(reading) < max(2, FOR_EACH_THREAD * sum(client.nthreads().values())):
            target = todo.popleft()
            reading.append((target, None if target.temporary else _begin(client, target, now)))
        target, future = reading.popleft()
        if future is None:
            yield from read_files([target], now, 1)
            continue
        parts = _result(client, target, future)
        if isinstance(parts, str):
            raise StorageError(parts)
        for part in parts:
            yield target.number, unpacked(part)


def _begin(client: Client, target: Target, now: datetime) -> Any:
    there = replace(target, path=target.path.absolute())  # a worker has another working folder
    return client.submit(read_whole, there, now, version("warcpress"), pure=False)


def _result(client: Client, target: Target, future: Any) -> list[bytes] | str:
    """Wait for a result, as long as there are workers: those that die may come back soon."""
    from distributed import KilledWorker

    while True:
        try:
            result: list[bytes] | str = future.result(timeout=CONNECTION)
        except TimeoutError:
            client.wait_for_workers(1, timeout=CONNECTION)
        except KilledWorker:
            return f"{target.path}: the workers of the Dask cluster that began to read it died, one after the other"
        else:
            return result


def read_whole(target: Target, now: datetime, release: str) -> list[bytes] | str:
    """Read one file on a worker; return all its parts, packed, or why it can't be read."""
    if (here := version("warcpress")) != release:
        return f"a worker of the Dask cluster has warcpress {here}, and this is {release}: install the same"
    try:
        return [packed(part) for part in read_file(target, now)]
    except OSError as error:
        return f"on a worker of the Dask cluster: {unreadable(target, error)}"


def packed(part: Part) -> bytes:
    """Pack a part for the way: a third of the memory."""
    import zstandard

    return zstandard.ZstdCompressor(level=1).compress(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))


def unpacked(data: bytes) -> Part:
    """Return what was packed by a worker, which runs the code of this process and is trusted like it."""
    import zstandard

    part: Part = pickle.loads(zstandard.ZstdDecompressor().decompress(data))
    return part
