"""`python -m crawler.cli` does the same as `warcpress`."""

from crawler.cli import entry

entry()
