"""Actions of a user without rights, also when the tests run as root."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

NOBODY = 65534


def as_nobody(action: Callable[[], object]) -> None:
    """Run `action` in a child without root's rights; AssertionError with the child's traceback when it fails."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setresuid(NOBODY, NOBODY, NOBODY)
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001  an exit by any other way would run the rest of the tests twice
            os.write(writing, traceback.format_exc().encode()[-4000:])
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, said


def let_through(folder: Path) -> None:
    """Let every user enter a folder and those of its parents that we may change."""
    for above in (folder, *list(folder.parents)[:-1]):
        if os.access(above, os.W_OK):
            above.chmod(above.stat().st_mode | 0o555)


def give(*files: Path) -> None:
    """Make `as_nobody` the owner of files, which only their owner may read."""
    for file in files:
        if os.geteuid() == 0:
            os.chown(file, NOBODY, -1)
