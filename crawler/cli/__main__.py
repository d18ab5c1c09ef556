"""`python -m crawler.cli`: the same as `warcpress`."""

from crawler.cli import entry

entry()
