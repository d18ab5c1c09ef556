"""What a WACZ package proves: the package and the trusted keys go in; for each of its pages, statements come out.

They are for people who know neither WARC nor signatures. Each says one thing, and how far it holds: proved by the
package alone, stated by whoever recorded, not proved, or wrong. Nothing asks the network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from archive.audit.across.package_members import PAGES
from archive.audit.across.proofs import Trust
from archive.audit.package_evidence import FAULTS, Chain, PackageChain, Statement, members, signature
from archive.audit.record_evidence import Judged, Records
from archive.errors import BadRecord, UsageError
from archive.index.cdxj import Line
from archive.index.lookup import Lookup, SortedFile
from archive.read.reader import Reader
from archive.read.scanned_index import index_of
from archive.read.wacz_package import BROKEN, WaczReading
from archive.warc.dates import parse_date, warc_date


@dataclass(frozen=True)
class Account:
    """What is said of one page, or of the package as a whole (`url` is empty then)."""

    url: str
    date: str
    """WARC-Date of the capture, as the list of pages has it."""
    statements: list[Statement]

    @property
    def wrong(self) -> bool:
        """Whether something was altered or is missing."""
        return any(one.result == "wrong" for one in self.statements)

    def lines(self) -> Iterator[str]:
        """The account for a person."""
        yield f"{self.url}, recorded {self.date}" if self.url else "The package"
        for result, about, text in self.statements:
            yield f"  {result.upper() if result == 'wrong' else result}: {about}: {text}"

    def document(self) -> dict[str, object]:
        """The account as JSON."""
        return {"v": 1, **asdict(self), "statements": [one._asdict() for one in self.statements]}


Judge = Callable[[Reader, Path, Collection[str]], Mapping[str, list[Judged]]]
"""Judges the posts that were made of captures, by their record ids; gets the folder that holds the manifest."""

_NO_JUDGE = Statement("not proved", "post", "this command does not read posts; `warcpress verify` does")
_NO_POST = Statement("not proved", "post", "no post that was made of this page is in the package")
_NO_RECORD = Statement("wrong", "page", "the package has no record of it at this time")


def account_of(path: Path, trust: Trust, judge: Judge | None = None) -> Iterator[Account]:
    """Give an account of the package at `path`, then one of each of its pages.

    UsageError for a file that is no package.
    """
    try:
        package = WaczReading(path)
    except BROKEN as error:
        raise UsageError(f"{path}: not a zip file that can be read: {error}") from error
    with closing(package), TemporaryDirectory(prefix="warcpress-") as scratch, _index_of(path) as (index, damaged):
        files = list(members(package))
        as_listed = all(one.result != "wrong" for one in files)
        signed = list(signature(package, trust, as_listed=as_listed))
        chain = PackageChain(package, Path(scratch), trust, packed=signed[0].result)
        whole = [*files, *signed, *chain.statements]
        whole += [Statement("wrong", "records", str(error)) for error in damaged[:FAULTS]]
        if not Reader(path).files():
            whole.append(Statement("wrong", "records", "no WARC file is in the package"))
        pages = _Pages(package, Reader(path, index), index, chain)
        listed = list(pages.listed())
        judged: Mapping[str, list[Judged]] = {}
        made: dict[str, str] = {}
        if judge is not None:
            judged = judge(Reader(path, index), Path(scratch), {line.record_id for *_, line in listed if line})
            made, faults = _post_files(package)
            whole += [*faults, *_strange(made, judged)]
        yield Account("", "", [*whole, *pages.faults, *pages.doubles(listed, judged)])
        names = {sha256: name for name, sha256 in reversed(made.items())}
        for url, date, line in listed:
            if line is None:
                yield Account(url, date, [_NO_RECORD])
                continue
            posts = [_NO_POST if judge else _NO_JUDGE]
            if line.record_id in judged:
                posts = [one for post in judged[line.record_id] for one in pages.post(post, names)]
            yield Account(url, warc_date(line.date), [*_listed_at(date, line), *pages.records.statements(line), *posts])


@contextmanager
def _index_of(path: Path) -> Iterator[tuple[Lookup, list[BadRecord]]]:
    """The index of a package, which may have no WARC file, and what in it can't be read."""
    if Reader(path).files():
        with index_of(path) as found:
            yield found
        return
    with NamedTemporaryFile(prefix="warcpress-") as empty:
        yield SortedFile(Path(empty.name)), []


def _listed_at(date: str, line: Line) -> Iterator[Statement]:
    """A statement on a page that is listed with another time than its record has."""
    if parse_date(date).replace(microsecond=0) != line.date.replace(microsecond=0):
        text = f"the list of pages says {date}; the nearest record of it is of {warc_date(line.date)}"
        yield Statement("stated", "page", text)


def _post_files(package: WaczReading) -> tuple[dict[str, str], list[Statement]]:
    """The sha256 of the files of posts in a package, by name; and a statement on each that can't be read."""
    files: dict[str, str] = {}
    faults: list[Statement] = []
    for name in package.names("posts"):
        try:
            files[name] = package.digest(name, "sha256")
        except BROKEN as error:
            faults.append(Statement("wrong", "post", f"{name} can't be read: {error}"))
    return files, faults[:FAULTS]


def _strange(files: Mapping[str, str], judged: Mapping[str, list[Judged]]) -> Iterator[Statement]:
    """A statement on each file of a post that no record of the package has."""
    made = {post.sha256 for posts in judged.values() for post in posts}
    for name in [name for name, sha256 in files.items() if sha256 not in made][:FAULTS]:
        text = f"{name} is no version of a post that was made of these pages: it was altered or added, or its record"
        text += " can't be read"
        yield Statement("wrong", "post", text)


class _Pages:
    """The pages of a package, and what was made of them."""

    def __init__(self, package: WaczReading, reader: Reader, index: Lookup, chain: Chain) -> None:
        self._package, self._reader, self._index, self._chain = package, reader, index, chain
        self.faults: list[Statement] = []
        """Why the list of pages can't be read to its end."""
        self.records = Records(reader, chain, "package")

    def listed(self) -> Iterator[_Listed]:
        """URL and time of each page, and the line of its capture; None when there is none."""
        try:
            for raw in self._package.lines(PAGES) if PAGES in self._package.members else ():
                try:
                    page = json.loads(raw)
                    url, date = page.get("url"), str(page.get("ts", ""))
                except (ValueError, RecursionError, AttributeError):
                    url, date = None, ""
                if isinstance(url, str):
                    yield url, date, self._captured(url, date)
        except BROKEN as error:
            self.faults.append(Statement("wrong", "pages", f"{PAGES} can't be read: {error}"))

    def doubles(self, listed: Collection[_Listed], judged: Mapping[str, list[Judged]]) -> Iterator[Statement]:
        """A statement on each record id of a page or picture that several records have."""
        wanted = {line.record_id for *_, line in listed if line}
        wanted |= {one.capture for posts in judged.values() for post in posts for one in post.pictures if one.capture}
        places: dict[str, set[str]] = {}
        for line in self._index.iterate():
            if line.record_id in wanted:
                places.setdefault(line.record_id, set()).add(f"{line.file}:{line.offset}")
        twice = sorted((record_id, there) for record_id, there in places.items() if len(there) > 1)
        for record_id, there in twice[:FAULTS]:
            text = f"{record_id} is the id of {len(there)} records: {', '.join(sorted(there)[:FAULTS])}"
            yield Statement("wrong", "records", f"{text}; one of them was added")

    def post(self, post: Judged, names: Mapping[str, str]) -> Iterator[Statement]:
        """What is said of a post that was made of a page, and of its pictures; `names`: files of posts by sha256."""
        result, about, text = post.statement
        copy = f"; it is {names[post.sha256]} of the package" if post.sha256 in names else ""
        yield Statement(result, about, text + copy)
        if post.pictures:
            yield self.records.pictures(post)

    def _captured(self, url: str, date: str) -> Line | None:
        """The capture of this second, else the nearest within 10 minutes: others list when loading began."""
        try:
            moment = parse_date(date)
            first, last = moment - _APART, moment + _APART
        except (ValueError, OverflowError):
            return None
        second, found, nearest = moment.replace(microsecond=0), None, None
        for line in self._index.captures(url, last, exact=True):
            if line.date < first:
                break
            if line.date.replace(microsecond=0) == second and (found is None or line.date == moment):
                found = line
            if nearest is None or abs(line.date - moment) < abs(nearest.date - moment):
                nearest = line
        return found or nearest


_Listed = tuple[str, str, Line | None]
_APART = timedelta(minutes=10)
