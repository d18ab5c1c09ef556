"""The list of several packages that are one collection: packages go in, a JSON file comes out; it is compared here too.

ReplayWeb.page opens the list as one archive (profile `multi-wacz-package`, wabac 2.7 or newer), and each package is
whole without it: it has the manifest of its own data folder, any reader of WACZ takes it, and it can be signed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import StorageError, UsageError
from archive.seal.manifest import sha256_of
from archive.wacz.container import VERSION, Resource
from archive.warc.dates import Clock, utc_now

PROFILE = "multi-wacz-package"
LARGEST = 8 << 20
"""Most bytes of a list that are read: some 40,000 packages."""


@dataclass(frozen=True)
class Listed:
    """A package that a list names."""

    path: Path
    """Beside the list."""
    fault: str
    """Why it is not the package that was listed; else empty."""


def list_packages(
    target: Path,
    packages: Sequence[Path],
    *,
    title: str,
    software: str = "warcpress",
    clock: Clock = utc_now,
) -> None:
    """Write the list of packages that are in the folder of `target`, which is replaced. Raises StorageError."""
    unfinished, taken = target.with_name(target.name + ".tmp"), set[str]()
    try:
        found = [Resource(path.name, f"sha256:{sha256_of(path)}", path.stat().st_size) for path in packages]
        content = {
            "profile": PROFILE,
            "wacz_version": VERSION,
            "title": title,
            "created": clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": software,
            "resources": [one.document(taken) for one in found],
        }
        with unfinished.open("wb") as file:
            file.write((json.dumps(content, indent=2) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"{error.filename or target}: {error.strerror or error}", f"{target.name} is as it was"
        ) from error


def listed_packages(path: Path) -> Iterator[Listed]:
    """Compare each package of a list with its line. UsageError for a file that is no such list."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"has more than {LARGEST:,} bytes")
        content = json.loads(path.read_bytes())
        if content["profile"] != PROFILE:
            raise ValueError(f"its profile is not {PROFILE}")
        rows = [(str(row["path"]), str(row["hash"]), int(row["bytes"])) for row in content["resources"]]
        outside = [name for name, *_ in rows if not name or Path(name).name != name]
        if outside or not rows:
            raise ValueError(f"{outside[0]!r} is not a file beside it" if outside else "it lists no package")
    except KeyError as error:
        raise UsageError(f"{path}: not a list of packages: it has no {error}") from error
    except (OSError, ValueError, OverflowError, TypeError, RecursionError) as error:
        raise UsageError(f"{path}: not a list of packages: {error}") from error
    for name, digest, size in rows:
        yield Listed(path.with_name(name), _fault(path.with_name(name), digest, size))


def _fault(path: Path, digest: str, size: int) -> str:
    if not path.is_file():
        return "is missing"
    if path.stat().st_size != size or f"sha256:{sha256_of(path)}" != digest:
        return "is not the package that was listed: it has another size or sha256"
    return ""
