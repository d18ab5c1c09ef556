"""`warcpress audit`: the archive's audit with our further checks, posts against captures; of other paths the audit
alone.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from archive import OPEN, FurtherCheck, audit_arguments, run_audit
from crawler.cli.common import catalogue_of, layout_of, load
from crawler.config.signing import trust_of
from crawler.errors import Unsound
from crawler.store.data_folder import Layout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    audit_arguments(parser)


def run(options: argparse.Namespace) -> int:
    if options.paths:
        return run_audit(options)
    # The extractors take 0.5 s to import: only what derives posts again pays for it.
    from crawler.from_warc.check_posts import Provenance

    config = load(options)
    layout = layout_of(config)
    options.paths = [layout.root]
    with ExitStack() as stack:
        # without a catalogue the rest of the archive is checked all the same
        catalogue, damage = None, ""
        try:
            catalogue = stack.enter_context(catalogue_of(layout)) if layout.catalogue.exists() else None
        except Unsound as error:
            damage = str(error)
        checks: list[FurtherCheck] = [Provenance(layout, catalogue, damage)]
        return run_audit(options, further_checks=checks, live=_live(layout), trust=trust_of(config))


def _live(layout: Layout) -> set[str]:
    """Files that a running crawl is writing."""
    if not layout.lock().held_elsewhere():
        return set()
    return {path.name for path in layout.warc.iterdir() if path.name.endswith(OPEN)}
