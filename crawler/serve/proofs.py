"""The page that proves a post, now: the bytes of its captures, the manifest, and the post made again, in words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError, FolderEvidence, Judged, Picture, Statement
from crawler.config.signing import trust_of
from crawler.errors import WarcpressError
from crawler.from_warc.check_posts import fault_of
from crawler.from_warc.derive import MEMORY_BYTES, SECONDS, Derivation
from crawler.from_warc.ingest import made_of
from crawler.posts.conversion import digest_of
from crawler.sandbox.pool import Workers
from crawler.serve.article import chosen, editions_of
from crawler.serve.held import Opened
from crawler.serve.rendering import message, page
from crawler.store.stored_version import Version

RESULTS = ("wrong", "not proved", "stated", "proved")
"""Results of statements, the worst first."""
AT_ONCE = 2
"""Proofs that are made at a time, each with a child that extracts: they hash whole WARC files."""
LONGEST = 300.0
"""Seconds after which a proof is given up, those in which others are made before it included."""

Group = tuple[str, list[Statement]]


class GivenUp(Exception):
    """A proof took too long. A TimeoutError may also come from a disk."""


class Proofs:
    """Makes proofs in threads of its own, so that no other page waits for them; its children stay for the next ones."""

    def __init__(self) -> None:
        """Start nothing: the first proof does."""
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prove")
        self._workers = Workers(AT_ONCE, SECONDS, MEMORY_BYTES)

    async def made(self, request: Request) -> Response:
        """Prove one version, when those before it are proved; GivenUp when that takes too long."""
        proved = asyncio.get_running_loop().run_in_executor(self._threads, _proved, request, self._workers)
        done, _ = await asyncio.wait([proved], timeout=LONGEST)
        if not done:
            proved.cancel()
            raise GivenUp
        return proved.result()

    def close(self) -> None:
        """Give up what is under way, and end the children."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._workers.kill()


async def proof(request: Request) -> Response:
    """Prove one version."""
    proofs: Proofs = request.app.state.proofs
    try:
        return await proofs.made(request)
    except GivenUp:
        text = f"This proof was given up after {LONGEST:.0f} seconds; `warcpress verify` takes the time that it needs."
        return message(request, "Not proved", text, 503)


def _proved(request: Request, workers: Workers) -> Response:
    held = request.app.state.held
    with held.opened() as opened:
        editions = editions_of(opened.versions(request.path_params["path"]))
        edition = chosen(editions, request.query_params.get("version", ""))
        folder, version = opened.within(edition.version)
        evidence = FolderEvidence(folder.layout.root, folder.reader, trust_of(held.config))
        groups = list(_groups(folder, version, evidence, workers))
        if name := edition.version.file.rpartition("/")[0]:
            groups[-1] = f"{groups[-1][0]} of {name}", groups[-1][1]
        card = request.app.state.cards.of(opened, edition.version)
    counts: Counter[str] = Counter(statement.result for _, statements in groups for statement in statements)
    return page(
        request,
        "proof.html",
        card=card,
        edition=edition,
        groups=groups,
        counts=[(result, counts[result]) for result in RESULTS if counts[result]],
        is_wrong=bool(counts["wrong"]),
    )


def _groups(opened: Opened, version: Version, evidence: FolderEvidence, workers: Workers) -> Iterator[Group]:
    """Statements on the pages, the post, its pictures and the manifest; none twice."""
    said: set[Statement] = set()

    def new(statements: list[Statement]) -> list[Statement]:
        fresh = [one for one in dict.fromkeys(statements) if one not in said]
        said.update(fresh)
        return fresh

    for number, record_id in enumerate(version.pages, 1):
        name = "The page" if len(version.pages) == 1 else f"Page {number}"
        yield f"{name}, as it was captured", new(_page(opened, record_id, evidence))
    yield "The post", new([*_post(opened, version, workers), *_record(version, evidence)])
    if version.images:
        yield "Its pictures", [evidence.pictures(_judged(version))]
    yield "The manifest", new(evidence.manifest)


def _page(opened: Opened, record_id: str, evidence: FolderEvidence) -> list[Statement]:
    capture = opened.catalogue.capture(record_id)
    if capture is None:
        return [Statement("wrong", "page", f"the catalogue has no capture {record_id}")]
    return evidence.capture(capture)


def _record(version: Version, evidence: FolderEvidence) -> list[Statement]:
    return evidence.record(version.file, version.offset, version.record_id)


def _post(opened: Opened, version: Version, workers: Workers) -> Iterator[Statement]:
    """Whether the stored post is the one of the catalogue, and whether its pages give it again."""
    try:
        made = made_of(opened.reader, version)
    except (ArchiveError, ValueError) as error:
        yield Statement("wrong", "post", f"its record can't be read: {error}")
        return
    if digest_of(made.text.encode()) != version.digest:
        yield Statement("wrong", "post", f"its record has another text than the catalogue names ({version.digest})")
    try:
        derived = next(found for _, found in Derivation(opened.reader, workers=workers).derived([made]))
    except WarcpressError as error:
        yield Statement("not proved", "post", f"the page could not be extracted again: {error}")
        return
    if fault := fault_of(made, derived):
        severity, message = fault
        yield Statement("wrong" if severity == "error" else "not proved", "post", message)
        return
    text = "today's extractor makes the same text of the recorded page, byte for byte"
    yield Statement("proved", "post", f"{text} (sha256 {version.digest.removeprefix('sha256:')})")


def _judged(version: Version) -> Judged:
    """The post as the evidence on its pictures wants it."""
    pictures = tuple(Picture(image.url, image.capture, image.digest) for image in version.images)
    return Judged("this post", Statement("stated", "post", ""), version.digest, pictures)


routes = [Route("/proof/{path:path}", proof)]
