"""Measure clock and CPU of `warcpress worker --local 1` beside `--local 2`: a fleet of two shards on local news sites.

    python benchmarks/workers.py FOLDER [--pages 200] [--rounds 3]

Each shard has one site of benchmarks/newsstand.py with that many pages, and no delay, so that the CPU is what both wait
for. Rounds alternate which one comes first; each begins with empty folders. The load is that of the machine before the
round, other people's work included.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from crawl import Cost, cost
from newsstand import Newsstand

from crawler.fleet.shards import divide
from crawler.items import Source

WARCPRESS = str(Path(sys.executable).with_name("warcpress"))
SHARDS = 2
HEAD = """[crawl]
user_agent = "benchmark (+http://127.0.0.1/)"
contact = "benchmark@example.org"
allow_private = ["127.0.0.0/8"]
allow_ports = [{ports}]
delay = 0
concurrency = 8
[fleet]
shards = {shards}
"""


def addresses() -> list[str]:
    """Return an address of loopback for each shard, which gets its source."""
    found: dict[int, str] = {}
    for last in count(1):
        address = f"127.0.0.{last}"
        shard = divide([Source(name="one", sitemaps=(f"http://{address}/sitemap.xml",))], SHARDS).sources["one"]
        found.setdefault(shard, address)
        if len(found) == SHARDS:
            return [found[shard] for shard in sorted(found)]
    raise AssertionError


def run(folder: Path, sites: Sequence[Newsstand], at_once: int) -> Cost:
    """Crawl all sites into empty data folders."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    head = HEAD.format(ports=", ".join(str(site.port) for site in sites), shards=SHARDS)
    sources = [
        f'[[source]]\nname = "s{n}"\nsitemaps = ["{site.url}/sitemap.xml"]\nevery = "0s"\n'
        for n, site in enumerate(sites)
    ]
    (folder / "warcpress.toml").write_text(head + "".join(sources))
    spent = cost([WARCPRESS, "worker", "--local", str(at_once), "--once"], folder)
    posts = len(list(folder.glob("data/shard-*/posts/**/*.md")))
    assert spent.code == 0 and posts == sum(site.pages for site in sites), (spent, posts, (folder / "log").read_text())
    return spent


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=200, help="of each shard")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    seconds, cpu = [], []
    with ExitStack() as stack:
        sites = [stack.enter_context(Newsstand(options.pages, address)) for address in addresses()]
        for number in range(options.rounds):
            load = os.getloadavg()[0]
            order = (1, 2) if number % 2 == 0 else (2, 1)
            spent = {at_once: run(options.folder / f"local-{at_once}", sites, at_once) for at_once in order}
            seconds.append(spent[2].seconds / spent[1].seconds)
            cpu.append(spent[2].cpu / spent[1].cpu)
            told = ", ".join(
                f"--local {n}: {one.seconds:.1f} s, {one.cpu:.1f} s CPU" for n, one in sorted(spent.items())
            )
            print(f"round {number + 1}, load {load:.1f}: {told}")  # noqa: T201
    print(f"two beside one: {statistics.median(seconds):.2f} x the clock, {statistics.median(cpu):.2f} x the CPU")  # noqa: T201


if __name__ == "__main__":
    main()
