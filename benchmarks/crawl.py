"""Measure pages per second, CPU and memory of crawls of a local news site (benchmarks/newsstand.py), beside wget.

    python benchmarks/crawl.py FOLDER [--pages 400] [--rounds 3] [--only wget,warcpress] [--webarchive PYTHON]
    python benchmarks/crawl.py FOLDER --flat 5000          memory and time along one long crawl
    python benchmarks/crawl.py FOLDER --held 100000        a crawl into an archive of 100,000 captures, and an empty one

Each tool writes into its own folder in FOLDER. Each round runs the tools in turn, as their own processes, over the same
pages and pictures, so that they meet the same load; the ratios are medians over the rounds.

    wget        `wget --warc-file` over the list of all URLs, one connection, kept alive; it writes only the WARC file,
                and asks for uncompressed pages, because it can't write compressed ones to WARC
    scrapy, addon, trimmed, naive, webarchive
                Scrapy over the same list, eight requests at a time, in the ways of benchmarks/peers.py; the last one
                where `--webarchive` names the Python of an environment with scrapy-webarchive
    warcpress   `warcpress crawl`: sitemap, robots.txt, pages, extraction, pictures, posts, catalogue
    unchanged   `warcpress crawl` again when every article is due: conditional requests, 304
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from newsstand import Newsstand

AT_ONCE = 8
POLL = 0.05


@dataclass(frozen=True)
class Cost:
    """The cost of one process and its children."""

    seconds: float
    cpu: float
    """CPU seconds of all."""
    main: float
    """CPU seconds of the process without its children."""
    peak: int
    """Bytes of the largest process."""
    code: int


def cost(command: list[str], folder: Path, watch: Callable[[int], None] = lambda pid: None) -> Cost:
    """Run a command in `folder`; call `watch` with its process id while it runs."""
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=ENVIRONMENT)
        while True:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break  # it has ended, and its figures can still be read
            watch(process.pid)
            time.sleep(POLL)
    seconds = time.monotonic() - started
    main = spent(process.pid)[1]
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, main, usage.ru_maxrss * 1024, process.returncode)


def configure(folder: Path, site: Newsstand) -> None:
    """Make a folder with the list of URLs and a warcpress.toml that crawls the site without delay."""
    folder.mkdir(parents=True)
    (folder / "urls").write_text("\n".join(site.urls()) + "\n")
    (folder / "warcpress.toml").write_text(
        f"""[crawl]
user_agent = "benchmark (+http://127.0.0.1/)"
contact = "benchmark@example.org"
allow_private = ["127.0.0.0/8"]
allow_ports = [{site.port}]
delay = 0
concurrency = {AT_ONCE}

[limits]
source_urls = 1_000_000
run_urls = 1_000_000

[[source]]
name = "post"
sitemaps = ["{site.url}/sitemap.xml"]
"""
    )


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""With that variable each start would compile our modules anew, which takes 0.4 s."""
PEERS = str(Path(__file__).resolve().with_name("peers.py"))
WARCPRESS = [str(Path(sys.executable).with_name("warcpress")), "crawl"]
COMMANDS = {
    "wget": ["wget", "--no-verbose", "--no-warc-keep-log", "--warc-file=wget", "-O", "/dev/null", "-i", "urls"],
    **{name: [sys.executable, PEERS, name] for name in ("scrapy", "addon", "trimmed", "naive")},
    "warcpress": WARCPRESS,
    "unchanged": WARCPRESS,
}


def run(name: str, folder: Path, site: Newsstand) -> Cost:
    """Run one tool once in a new folder; `unchanged` uses the folder of `warcpress`."""
    place = folder / ("warcpress" if name == "unchanged" else name)
    if name == "unchanged":
        with sqlite3.connect(place / "data" / "frontier.sqlite") as frontier:
            frontier.execute("UPDATE articles SET next_look = 0")
    else:
        shutil.rmtree(place, ignore_errors=True)
        configure(place, site)
    before = site.served
    found = cost(COMMANDS[name], place)
    served = site.served - before
    if found.code or served != site.pages:
        sys.exit(f"{name}: exit code {found.code}, {served} of {site.pages} pages fetched; see {place / 'log'}")
    return found


def compare(folder: Path, names: list[str], pages: int, rounds: int) -> None:
    """Run the tools in turn, each round beginning with another one, and print the table."""
    with Newsstand(pages) as site:
        measured = []
        for number in range(rounds):
            turn = [*names[number % len(names) :], *names[: number % len(names)]]
            if "unchanged" in turn:  # it needs the folder of warcpress
                turn.remove("unchanged")
                turn.insert(turn.index("warcpress") + 1, "unchanged")
            measured.append({name: run(name, folder, site) for name in turn})
        print(f"{pages} pages, {len(site.urls()) - pages} pictures, {rounds} rounds")  # noqa: T201
    peers = [peer for peer in ("wget", "naive") if peer in names]
    over = "".join(f" {f'x {peer}':>7}" for peer in peers)
    print(f"{'':10} {'CPU ms a page':>13} {'main / children':>15} {'pages/s':>7} {'peak MB':>7}{over}")  # noqa: T201
    for name in names:
        print(_row(name, [one[name] for one in measured], pages, [[one[peer] for one in measured] for peer in peers]))  # noqa: T201


def _row(name: str, costs: list[Cost], pages: int, peers: list[list[Cost]]) -> str:
    """One line of the table: medians of the rounds, the least to the most CPU, and pages per second over each peer."""
    each = sorted(1000 * cost.cpu / pages for cost in costs)
    main = statistics.median(1000 * cost.main / pages for cost in costs)
    middle, speed = statistics.median(each), statistics.median(pages / cost.seconds for cost in costs)
    over = [statistics.median(b.seconds / a.seconds for a, b in zip(costs, peer, strict=True)) for peer in peers]
    return (
        f"{name:10} {f'{each[0]:.1f} to {each[-1]:.1f}':>13} {f'{main:.1f} / {middle - main:.1f}':>15} {speed:7.1f} "
        f"{max(cost.peak for cost in costs) / 2**20:7.0f}" + "".join(f" {ratio:7.2f}" for ratio in over)
    )


def spent(pid: int) -> tuple[int, float]:
    """Return bytes in memory and CPU seconds of a running process without its children; zeros when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0.0
    return pages * os.sysconf("SC_PAGE_SIZE"), sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def flat(folder: Path, pages: int) -> None:
    """Print memory and CPU of the main process along one long crawl."""
    place = folder / "flat"
    shutil.rmtree(place, ignore_errors=True)
    with Newsstand(pages) as site:
        configure(place, site)
        marks = [1, *(pages * part // 5 for part in range(1, 6))]
        seen: list[tuple[int, float]] = []

        def watch(pid: int) -> None:
            if len(seen) < len(marks) and site.served >= marks[len(seen)]:
                seen.append(spent(pid))

        found = cost(WARCPRESS, place, watch)
    for mark, (memory, cpu), (_, before) in zip(marks[1:], seen[1:], seen[:-1], strict=True):
        each = 1000 * (cpu - before) / marks[1]
        print(f"{mark:6} pages: {memory / 2**20:4.0f} MB, {each:5.1f} ms CPU per page since the mark before")  # noqa: T201
    print(f"exit code {found.code}, {pages / found.seconds:.1f} pages/s, peak {found.peak / 2**20:.0f} MB")  # noqa: T201


def held(folder: Path, captures: int, pages: int, rounds: int) -> None:
    """Compare a crawl into an archive with many captures to one into an empty archive."""
    full = folder / "full"
    if not full.exists():
        fill(full / "data", captures)
    ratios, cpus = [], []
    with Newsstand(pages) as site:
        for _ in range(rounds):
            both = []
            for name in ("empty", "held"):
                place = folder / name
                shutil.rmtree(place, ignore_errors=True)
                configure(place, site)
                if name == "held":
                    shutil.copytree(full / "data", place / "data")
                    cost([*WARCPRESS, "--limit", "1"], place)  # makes the catalogue from the WARC files
                both.append(cost(WARCPRESS, place))
            ratios.append(both[1].seconds / both[0].seconds)
            cpus.append(both[1].cpu / both[0].cpu)
    told = f"{statistics.median(ratios):.2f} x the seconds, {statistics.median(cpus):.2f} x the CPU"
    print(f"{pages} pages into an archive of {captures} captures: {told} of an empty one")  # noqa: T201


def fill(folder: Path, captures: int) -> None:
    """Write an archive of `captures` small captures of another site."""
    from archive import ArchiveWriter, Exchange, utc_now

    with ArchiveWriter(folder) as writer:
        for number in range(captures):
            url = f"http://old.example/{number // 2}"
            body = f"<p>{number}</p>".encode()
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            asked = f"GET /{number // 2} HTTP/1.1\r\nHost: old.example\r\n\r\n".encode()
            exchange = Exchange(url, "GET", utc_now(), asked, BytesIO(answer), "192.0.2.1")
            writer.write(exchange)
            if number % 1000 == 999:
                writer.commit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--webarchive", metavar="PYTHON", help="of an environment with scrapy-webarchive")
    parser.add_argument("--flat", type=int)
    parser.add_argument("--held", type=int)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder.resolve()
    if options.flat:
        flat(folder, options.flat)
    elif options.held:
        held(folder, options.held, options.pages, options.rounds)
    else:
        if options.webarchive:
            COMMANDS["webarchive"] = [options.webarchive, PEERS, "webarchive"]
        compare(folder, options.only.split(",") if options.only else list(COMMANDS), options.pages, options.rounds)


if __name__ == "__main__":
    main()
