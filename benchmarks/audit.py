"""Compare the audit with other tools that check digests: a WARC file goes in, CPU seconds and ratios come out.

    python benchmarks/audit.py FOLDER [--rounds 5] [--records 17583]
    python benchmarks/audit.py FOLDER --file SOME.warc.gz

Without --file it makes a file in FOLDER: one request and one response per URL, half of the bytes text and half
pictures, 345 MB that compress to 240. Each round runs all tools in turn, each as its own process, so that they meet the
same load; the ratios are medians over the rounds. Then the audit reads this file and a second one (with other record
ids), with one process and with two.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

WORDS = 4000
"""Vocabulary of the texts; they compress to a third, as HTML does."""


def make(path: Path, records: int, seed: int = 1) -> None:
    """Write a file of `records` records, the same on every machine but for record ids and dates."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 11))) for _ in range(WORDS)]
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "benchmark"}))
        for number in range(records // 2):
            picture = rng.random() < 0.6
            body = rng.randbytes(rng.randint(8_000, 44_000)) if picture else _text(rng, words)
            url = f"https://news.example/{number}"
            head = [
                ("Content-Type", "image/jpeg" if picture else "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Server", "nginx"),
                ("Cache-Control", "max-age=60"),
            ]
            response = writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(body),
                http_headers=StatusAndHeaders("200 OK", head, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-IP-Address": "192.0.2.1"},
            )
            sent = [("Host", "news.example"), ("User-Agent", "benchmark"), ("Accept", "*/*")]
            request = writer.create_warc_record(
                url, "request", http_headers=StatusAndHeaders(f"GET /{number} HTTP/1.1", sent, is_http_request=True)
            )
            writer.write_request_response_pair(request, response)


def _text(rng: random.Random, words: list[str]) -> bytes:
    paragraphs = (" ".join(rng.choices(words, k=80)) for _ in range(rng.randint(20, 160)))
    return "".join(f"<p class='text'>{paragraph}</p>\n" for paragraph in paragraphs).encode()


def cost(command: list[str]) -> tuple[float, float]:
    """Run a command; return the CPU and wall seconds of its process and children."""
    # pip compiled the other tools when it installed them. If Python may not write compiled modules, each of our runs
    # compiles 98 modules again: 0.08 s of CPU (2026-11).
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--records", type=int, default=17_583)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.file or options.folder / "benchmark.warc.gz"
    if not path.exists():
        make(path, options.records)
    beside = Path(sys.executable).parent
    audit = [sys.executable, "-m", "archive", "audit", "--processes"]
    tools = {
        "audit": [*audit, "1", str(path)],
        "warcio check": [str(beside / "warcio"), "check", str(path)],
        "fastwarc check -p": [str(beside / "fastwarc"), "check", "-q", "-p", str(path), "-o", os.devnull],
    }
    rounds = [{name: cost(command)[0] for name, command in tools.items()} for _ in range(options.rounds)]
    print(f"{path.stat().st_size / 1e6:.0f} MB as stored, {options.rounds} rounds")  # noqa: T201
    for name in tools:
        seconds = statistics.median(one[name] for one in rounds)
        ratio = statistics.median(one["audit"] / one[name] for one in rounds)
        print(f"{name:18} {seconds:6.2f} s CPU   audit / this = {ratio:.2f}")  # noqa: T201
    second = options.folder / "benchmark-second.warc.gz"
    if not second.exists():
        make(second, options.records, seed=2)
    two = [str(path), str(second)]
    pairs = [(cost([*audit, "1", *two])[1], cost([*audit, "2", *two])[1]) for _ in range(options.rounds)]
    print(f"two files: two processes are {statistics.median(one / two for one, two in pairs):.2f} x as fast as one")  # noqa: T201


if __name__ == "__main__":
    main()
