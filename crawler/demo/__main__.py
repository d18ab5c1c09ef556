"""`make demo`, `python -m crawler.demo [FOLDER]`: starts the embedded site, runs the commands, prints where to look.

With `--serve` it then shows the archive in a browser, until Ctrl-C. The exit code is 0 only when every step succeeded.
"""

from __future__ import annotations

import argparse
import sys
from io import TextIOWrapper
from pathlib import Path

from crawler.cli import main as warcpress
from crawler.demo.site import DemoSite
from crawler.demo.tour import CONFIG_NAME, Broken, Tour


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m crawler.demo", description="A crawl of a site on loopback.")
    parser.add_argument("folder", nargs="?", default="demo-data", metavar="FOLDER", help="made anew each time")
    parser.add_argument("--serve", action="store_true", help="show the archive in a browser at the end, until Ctrl-C")
    options = parser.parse_args()
    folder = Path(options.folder).absolute()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    with DemoSite() as site:
        try:
            Tour(folder, site).run()
        except Broken as error:
            sys.stderr.write(f"demo: {error}\n")
            return 1
    if options.serve:
        sys.stdout.write("\nThe reader is at:\n")
        return warcpress(["serve", "--config", str(folder / CONFIG_NAME), "--port", "0"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
