"""`warcpress audit`: audits the data folder, posts and catalogue included, or only the WARC files of given paths."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from archive import UNFINISHED, FurtherCheck, audit_arguments, run_audit
from crawler.cli.common import catalogue_of, layout_of, load
from crawler.clock import utc_now
from crawler.config.signing import trust_of
from crawler.errors import StorageFailed
from crawler.run.past_runs import AuditNote
from crawler.store.data_folder import Layout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    audit_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.paths:
        return run_audit(options)
    # The extractors take 0.5 s to import, and an audit of given paths does not need them.
    from crawler.from_warc.check_posts import PostsCheck

    config = load(options)
    layout = layout_of(config)
    options.paths = [layout.root]
    with ExitStack() as stack:
        catalogue, damage = None, ""
        try:
            if layout.catalogue.exists():
                found = stack.enter_context(catalogue_of(layout))
                found.check()
                catalogue = found
        except StorageFailed as error:
            damage = str(error)  # becomes a finding of check 33; the other checks run all the same
        checks: list[FurtherCheck] = [PostsCheck(layout, catalogue, damage)]
        note, live = AuditNote(), _live(layout)
        code = run_audit(options, further_checks=checks, live=live, trust=trust_of(config), take=note.take)
    note.write(layout.runs, utc_now(), code, part=bool(options.sample or options.since))
    return code


def _live(layout: Layout) -> set[Path]:
    """Resolved paths of the files that a running crawl is writing."""
    if not layout.lock().held_elsewhere():
        return set()
    return {path.resolve() for path in layout.warc.iterdir() if path.name.endswith(UNFINISHED)}
