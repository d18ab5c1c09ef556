"""Runs every command of `python -m archive` on hostile files, each in a process, and measures CPU, memory and files."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from folders import folders
from packages import packages
from warcs import compressed, plain, zstd

SECONDS = 30
"""CPU after which a command is ended; it also gets so much time by the clock, three times."""
URL = "http://example.org/1"
ID = "urn:uuid:00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Measured:
    """One command on one file."""

    case: str
    command: str
    code: int
    cpu: float
    peak: int
    """Megabytes resident, the largest of its processes."""
    error: str


def cases() -> dict[str, Callable[[Path], None]]:
    """Makers of hostile folders by name."""
    found: dict[str, Callable[[Path], None]] = {}
    for ending, files in ((".warc", plain), (".warc.gz", compressed), (".warc.zst", zstd)):
        for name, content in files().items():
            found[f"{name}{ending}"] = partial(_warc, f"a{ending}", content)
    for name, make in packages().items():
        found[f"{name}.wacz"] = partial(_wacz, make)
    return found | {f"{name}/": made for name, made in folders().items()}


def _warc(name: str, content: Callable[[], bytes], folder: Path) -> None:
    (folder / "warc").mkdir()
    (folder / "warc" / name).write_bytes(content())


def _wacz(make: Callable[[], bytes], folder: Path) -> None:
    (folder / "a.wacz").write_bytes(make())


def commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands for one folder, in an order in which each can use what the one before left."""
    data = str(folder)
    if (folder / "a.wacz").exists():
        yield "audit", ["audit", f"{data}/a.wacz"]
        yield "repair", ["repair", f"{data}/a.wacz"]
        yield "index", ["index", f"{data}/a.wacz"]
        return
    yield "audit", ["audit", data]
    if (folder / "index").exists():
        yield from _reading(data, folder, "own ")
    yield "verify", ["verify", data]
    yield "index", ["index", data]
    yield from _reading(data, folder, "")
    for path in (folder / "warc").glob("a.*"):
        yield "index file", ["index", str(path)]
        yield "repair", ["repair", str(path)]


def _reading(data: str, folder: Path, which: str) -> Iterator[tuple[str, list[str]]]:
    yield which + "lookup", ["lookup", data, URL]
    yield which + "show", ["show", data, URL]
    yield which + "show id", ["show", data, ID]
    yield (
        which + "show request",
        ["show", data, f"{min(path.name for path in (folder / 'warc').iterdir())}:0", "--part", "request"],
    )
    yield which + "pack", ["pack", data, str(folder / "p.wacz")]


PROGRAM = """
import atexit, pathlib, re, runpy, sys
peak = pathlib.Path(sys.argv.pop(1))
peak.unlink(missing_ok=True)
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: peak.write_text(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]))
runpy.run_module("archive", run_name="__main__")
"""
"""Runs `python -m archive` and notes its peak in KiB; `ru_maxrss` begins at the peak of the process that starts it."""


def measure(case: str, command: str, arguments: list[str], scratch: Path) -> Measured:
    """Run one command, ended after `SECONDS` of CPU."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

    errors = (scratch / "errors").open("w+b")
    with errors, (scratch / "output").open("w+b") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(scratch / "peak"), *arguments],
            stdout=output,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            preexec_fn=limited,
            env=os.environ | {"TMPDIR": str(scratch)},
            start_new_session=True,
        )
        until = time.monotonic() + 3 * SECONDS
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > until:
                os.killpg(process.pid, signal.SIGKILL)
                ended = os.wait4(process.pid, 0)
                break
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        errors.seek(0)
        lines = errors.read(1 << 20).decode(errors="replace").strip().splitlines()
    used, peak = ended[2], scratch / "peak"
    (scratch / "output").unlink()
    return Measured(
        case,
        command,
        process.returncode,
        used.ru_utime + used.ru_stime,
        int(peak.read_text()) >> 10 if peak.exists() else used.ru_maxrss >> 10,
        lines[-1][:100] if lines else "",
    )


def measured(case: str, make: Callable[[Path], None], *only: str) -> Iterator[Measured]:
    """The commands on one case; all of them, or `only` these."""
    with tempfile.TemporaryDirectory() as place:
        folder, scratch = Path(place) / "data", Path(place) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        maker = get_context("fork").Process(target=make, args=(folder,))  # a process starts with its parent's peak
        maker.start()
        maker.join()
        for command, arguments in commands(folder):
            if only and command not in only:
                continue
            yield measure(case, command, arguments, scratch)


def main() -> None:
    """Print the table; arguments are parts of the names of cases."""
    wanted = sys.argv[1:]
    for name, make in cases().items():
        if not wanted or any(part in name for part in wanted):
            for one in measured(name, make):
                bad = one.cpu > 10 or one.peak > 200 or one.code not in (0, 1, 2, 4) or "Traceback" in one.error
                what = f"{one.case:28} {one.command:16} {one.code:4} {one.cpu:6.1f} s {one.peak:5} MB  {one.error}"
                sys.stdout.write(f"{'BAD' if bad else 'ok ':3} {what}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
