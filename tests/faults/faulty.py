"""Environment variables that load disk.c into a command: its disk operations then fail, kill it, or are logged."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


class FaultyDisk:
    """disk.c, compiled once for a test session."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            pytest.skip("no C compiler: disk faults can't be injected")
        self._library = folder / "disk.so"
        source = Path(__file__).with_name("disk.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self._library, source], check=True)

    def environment(
        self, data: Path, fault: str = "", at: int = 0, match: str = "*:", log: Path | None = None
    ) -> dict[str, str]:
        """Return the environment of a command that writes below `data`; disk.c explains the other arguments."""
        found = {**os.environ, "LD_PRELOAD": str(self._library), "DISK_ROOT": str(data)}
        if fault:
            found |= {"DISK_FAULT": fault, "DISK_AT": str(at), "DISK_MATCH": match}
        if log is not None:
            found["DISK_LOG"] = str(log)
        return found
