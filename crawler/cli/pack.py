"""`warcpress pack FILE.wacz`: writes one WACZ file, with titles and texts of the posts.

It has the whole archive, or all that proves the articles that are named. Of several data folders each gets a package,
and FILE.json lists them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from archive import UsageError, add_package_key, instant, json_text, list_packages, many, package_signer
from crawler.cli.common import Reading, add_json, reading, write_lines
from crawler.errors import ConfigError
from crawler.from_warc.publish import pack_posts
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", metavar="FILE.wacz", type=Path, help="of several data folders FILE.json, which lists a package of each"
    )
    parser.add_argument(
        "articles",
        metavar="URL|POST",
        nargs="*",
        help="only these articles, as evidence: every version, its post, and the whole WARC files with page and images",
    )
    parser.add_argument(
        "--since", metavar="DATE", type=instant, help="only WARC files with captures since then (RFC 3339)"
    )
    add_package_key(parser)
    add_json(parser, "what was packed")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.articles and options.since:
        raise UsageError("an article is packed with all its versions: leave --since out")
    sign = package_signer(options.sign) if options.sign else None
    if options.articles:
        from crawler.from_warc.packet import pack_articles  # the extractors take 0.5 s to import

        with reading(options) as read:
            _check_name(options.file)
            found = {
                options.file: pack_articles(*_part_with(options.articles, read), options.file, options.articles, sign)
            }
    else:
        with reading(options) as read:
            targets = _targets(options.file, [name for name, *_ in read.parts()])
            found = {
                target: pack_posts(layout, catalogue, target, options.since, sign)
                for target, (_, layout, catalogue) in zip(targets, read.parts(), strict=True)
            }
        if "" not in read.layouts:
            list_packages(options.file, list(found), title="warcpress")
    if options.json:
        write_lines(
            options.json, (json_text({"v": 1, "file": str(path), **asdict(packed)}) for path, packed in found.items())
        )
        return read.code
    for path, packed in found.items():
        files, captures = many(len(packed.files), "WARC file"), many(packed.captures, "capture")
        put(f"{path}: {files}, {captures}, {many(packed.pages, 'page')}")
    if options.file not in found:
        put(f"{options.file}: lists {many(len(found), 'package')}")
    return read.code


def _targets(file: Path, names: Sequence[str]) -> list[Path]:
    """The packages that are written: one, or beside a list one for each of several data folders."""
    if names == [""]:
        _check_name(file)
        return [file]
    if file.suffix != ".json":
        raise ConfigError(
            f"{file}: several data folders make a package each: write {file.stem}.json, which lists them, or name one "
            "folder with --data or --shard"
        )
    targets = [file.with_name(f"{file.stem}-{name.replace('/', '-')}.wacz") for name in names]
    if len(set(targets)) < len(targets):
        raise ConfigError(f"two data folders want {targets[0]}: pack them one by one, with --data")
    return targets


def _check_name(file: Path) -> None:
    """Refuse another ending: readers tell a package by it; and somebody may have written URL or post in its place."""
    if file.suffix.lower() != ".wacz":
        raise UsageError(f"{file}: name the package first, and end its name in .wacz: `warcpress pack FILE.wacz`")


def _part_with(articles: Sequence[str], read: Reading) -> tuple[Layout, Catalogue]:
    """The one folder with all that was stored of these articles; a package has the manifest of one folder."""
    parts = {name: (layout, catalogue) for name, layout, catalogue in read.parts()}
    if "" in parts:
        return parts[""]
    from crawler.from_warc.show import versions_of

    versions = [version for name in articles for version in versions_of(name, read.catalogue, read.layout)]
    urls = {version.canonical_url for version in versions}
    files = [version.file for version in versions]
    files += [state.file for url in urls for state in read.catalogue.states.of(url)]
    names = sorted({file.rpartition("/")[0] for file in files})
    if len(names) > 1:
        raise ConfigError(f"the versions are in {' and '.join(names)}: pack those of each, with --data")
    return parts[names[0]]
