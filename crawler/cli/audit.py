"""`warcpress audit`: audits the data folder, posts and catalogue included, or only the WARC files of given paths."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from archive import UNFINISHED, FurtherCheck, audit_arguments, run_audit
from crawler.cli.common import Faults, catalogue_of, folders_of, load_any, readable
from crawler.clock import utc_now
from crawler.config.signing import trust_of
from crawler.errors import StorageFailed
from crawler.fleet.stores import stores_of
from crawler.run.past_runs import AuditNote
from crawler.store.catalogue import Catalogue
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

    config, faults = load_any(options), Faults(options.command)
    layouts = readable(folders_of(options, config), faults)
    with ExitStack() as stack:
        checks: list[FurtherCheck] = []
        live: set[Path] = set()
        notes: dict[Path, AuditNote] = {}
        for name, layout in layouts.items():
            checks.append(PostsCheck(layout, *_catalogue(layout, stack)))
            live |= _live(layout)
            notes[layout.runs] = AuditNote(name if len(layouts) > 1 else "")
        options.paths = [folder.parent for folder in notes]

        def take(line: str) -> None:
            for note in notes.values():
                note.take(line)

        code = run_audit(
            options, further_checks=checks, live=live, trust=trust_of(config), take=take, stores=stores_of(config)
        )
    for folder, note in notes.items():
        note.write(folder, utc_now(), note.exit_code, part=bool(options.sample or options.since))
    return faults.code or code


def _catalogue(layout: Layout, stack: ExitStack) -> tuple[Catalogue | None, str]:
    """The catalogue, or why it can't be read: that becomes a finding of check 33, and the other checks run."""
    try:
        if not layout.catalogue.exists():
            return None, ""
        found = stack.enter_context(catalogue_of(layout))
        found.check()
    except StorageFailed as error:
        return None, str(error)
    return found, ""


def _live(layout: Layout) -> set[Path]:
    """Resolved paths of the files that a running crawl is writing."""
    if not layout.lock().held_elsewhere():
        return set()
    return {path.resolve() for path in layout.warc.iterdir() if path.name.endswith(UNFINISHED)}
