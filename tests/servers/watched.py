"""Record every connection and opened file of a command and its children, with Python's audit hooks."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

HOOK = """
import json, os, sys
_out = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_kinds = {"socket.connect", "open"}
def _hook(event, arguments):
    if event in _kinds:
        what = arguments[0] if event == "open" else arguments[1]
        os.write(_out, (json.dumps([event, what if isinstance(what, (str, int)) else list(map(str, what))
                                    if isinstance(what, tuple) else repr(what)]) + "\\n").encode())
sys.addaudithook(_hook)
"""


@dataclass(frozen=True)
class Touched:
    """The connections and files of a command."""

    connected: set[str]
    """Numeric addresses."""
    opened: set[str]
    """Paths."""


class Watch:
    """`place.run("crawl", env=watch.environment)`, then `watch.touched()`."""

    def __init__(self, folder: Path) -> None:
        (folder / "sitecustomize.py").write_text(HOOK)
        self._log = folder / "touched.jsonl"
        self.environment = {**os.environ, "PYTHONPATH": str(folder), "WATCHED": str(self._log)}

    def touched(self) -> Touched:
        rows = [json.loads(line) for line in self._log.read_text().splitlines()]
        inet = [what for event, what in rows if event == "socket.connect" and isinstance(what, list)]
        return Touched(
            {address[0] for address in inet},
            {what for event, what in rows if event == "open" and isinstance(what, str)},
        )


def listeners(pid: int) -> set[str]:
    """Return the local addresses on which a process and its descendants listen (Linux)."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    open_files = set()
    for member in family:
        with contextlib.suppress(OSError):
            open_files |= {str(path.readlink()) for path in Path(f"/proc/{member}/fd").iterdir() if path.is_symlink()}
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in open_files}
