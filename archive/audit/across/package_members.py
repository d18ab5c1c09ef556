"""Checks 29, 30 on the members of a WACZ package: description, zip in; missing, misplaced, altered members out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from archive.audit.across.package_description import DESCRIPTION, DIGEST, Description, Resource, fault, malformed
from archive.audit.findings import Cause, Finding
from archive.audit.registry import check
from archive.plurals import many
from archive.read.faults import Severity
from archive.read.wacz_package import BROKEN, WARC_ENDINGS, WaczReading

PAGES = "pages/pages.jsonl"
INDEX_ENDINGS = (".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz")
_ENDINGS = {"archive": WARC_ENDINGS, "indexes": (*INDEX_ENDINGS, ".idx"), "pages": (".jsonl",)}
"""Endings of the files that may be in the folders of a package."""
_OUTSIDE = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|[\\\0-\x1f\x7f]")
"""Names that would be written elsewhere when the package is unpacked, on some system."""
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def absent(package: WaczReading, description: Description) -> list[str]:
    """Members that are listed but not in the package."""
    return [path for path in description.resources if path not in package.members and not _ELSEWHERE.match(path)]


def check_members(
    package: WaczReading,
    name: str,
    description: Description,
    altered: Cause | None,
    renamed: Mapping[str, str],
) -> Iterator[Finding]:
    """Check that every required member is there once, and that each is stored where and as WACZ demands."""
    missing = absent(package, description)
    for path in missing:
        text = f"is missing; {DESCRIPTION} lists it"
        if path in renamed:
            text = f"was renamed to {renamed[path]}; {DESCRIPTION} lists it under its old name"
        yield fault(name, f"{path} {text}", cause=altered)
    there = [*package.members, *missing]
    if description.multi:
        yield from _check_collection(name, description, there)
    else:
        yield from _check_required(name, there)
    for path in package.twice:
        yield fault(f"{name}!{path}", "is in the zip twice: readers take one or the other")
    count, first = package.loose()
    if count:
        text = f"{count} bytes, the first at {first}, belong to no file in it: no digest covers them"
        yield fault(name, f"{text}, and other programs may find another package there", "warning")
    for path in sorted(package.members.keys() - set(renamed.values())):
        yield from _check_member(package, f"{name}!{path}", path)


@check(29)
def check_idx(package: WaczReading, name: str) -> Iterator[Finding]:
    """Check that an index is not only in compressed files without an `.idx`, where readers look first."""
    if not any(member.endswith((".idx", ".cdx", ".cdxj")) for member in package.names("indexes")):
        text = "its index is compressed, and no .idx in indexes/ says where its blocks are: readers do not find it"
        yield check_idx.finding("warning", text, name)


def _check_collection(name: str, description: Description, there: Sequence[str]) -> Iterator[Finding]:
    """Check a package of packages."""
    if not any(path.endswith(".wacz") for path in (*there, *description.resources)):
        yield fault(name, "a collection of packages with no package in it")
    if elsewhere := [path for path in description.resources if _ELSEWHERE.match(path)]:
        where = many(len(elsewhere), "of its packages is", "of its packages are")
        text = f"{where} elsewhere and not read, the first at {elsewhere[0][:200]}"
        yield fault(name, text, "note")


def _check_required(name: str, there: Sequence[str]) -> Iterator[Finding]:
    """Check that a package has WARC files, an index and a list of pages."""
    if not any(path.startswith("archive/") for path in there):
        yield fault(name, "no WARC file in archive/")
    if not any(path.startswith("indexes/") and path.endswith(INDEX_ENDINGS) for path in there):
        yield fault(name, "no index in indexes/: readers find no capture")
    if PAGES not in there:  # py-wacz makes none unless told to, and accepts packages without
        yield fault(name, f"no {PAGES}: readers have no list of pages", "warning")


def _check_member(package: WaczReading, file: str, path: str) -> Iterator[Finding]:
    folder = path.partition("/")[0]
    if _OUTSIDE.search(path):
        yield fault(file, "has a name that leads out of the package, or that no file can have: do not unpack it")
    elif package.encrypted(path):
        yield fault(file, "is encrypted in the zip: nobody can read it without a password")
    elif folder in _ENDINGS and "/" in path and not path.endswith(_ENDINGS[folder]):
        yield fault(file, f"does not belong in {folder}/, which is for {', '.join(_ENDINGS[folder])} files only")
    elif not package.stored(path) and (path.endswith(".gz") or (folder == "archive" and "/" in path)):
        if path.endswith(".gz"):
            yield fault(
                file, "is compressed twice, by the zip too: it must be stored, or readers can't fetch parts of it"
            )
        else:
            yield fault(file, "is compressed in the zip: readers can't fetch its records one by one", "warning")


def check_hashes(
    package: WaczReading,
    name: str,
    resources: Iterable[Resource],
    altered: Cause | None,
    known: Mapping[str, str],
    causes: Mapping[str, Cause],
) -> Iterator[Finding]:
    """Check the size and hash of these resources.

    `known` = sha256 of members that were read already; `causes` = the first error in each member.
    """
    for resource in resources:
        path = resource.path
        if path in package.members and not package.encrypted(path):
            yield from _check_resource(
                package, f"{name}!{path}", resource, known.get(path), altered or causes.get(path)
            )


def check_unlisted(
    package: WaczReading, name: str, description: Description, altered: Cause | None, renamed: Collection[str]
) -> Iterator[Finding]:
    """Check that the description lists every member."""
    if description.lists:
        listed = {DESCRIPTION, DIGEST, *description.resources, *renamed}
        severity: Severity = "warning" if description.draft else "error"
        for path in sorted(package.members.keys() - listed):
            text = f"is not listed in {DESCRIPTION}: no hash protects it"
            yield fault(f"{name}!{path}", text, severity, altered)


def renamed_members(package: WaczReading, description: Description) -> dict[str, str]:
    """Listed files that are missing, each with the unlisted member that has its bytes."""
    found: dict[str, str] = {}
    strangers = sorted(package.members.keys() - description.resources.keys() - {DESCRIPTION, DIGEST})
    by_digest: dict[str, dict[str, list[str]]] = {}  # algorithm -> digest -> names: each member is read once for each
    for path in absent(package, description):
        wanted = description.resources[path].hash()
        if wanted is None:
            continue
        if wanted[0] not in by_digest:
            by_digest[wanted[0]] = _digests(package, strangers, wanted[0])
        if alike := by_digest[wanted[0]].get(wanted[1]):
            found[path] = alike.pop(0)
    return found


def _digests(package: WaczReading, members: Iterable[str], algorithm: str) -> dict[str, list[str]]:
    """The names of members by their digest; those that can't be read are left out."""
    found: dict[str, list[str]] = {}
    for member in members:
        if not package.encrypted(member):
            with suppress(*BROKEN):
                found.setdefault(package.digest(member, algorithm), []).append(member)
    return found


def _check_resource(
    package: WaczReading, file: str, resource: Resource, known: str | None, cause: Cause | None
) -> Iterator[Finding]:
    wanted = resource.hash()
    if malformed(resource):
        what = f"its hash {resource.label[:100]!r} is malformed" if resource.label else "has no hash"
        yield fault(file, f"{what}; {DESCRIPTION} must give ALGORITHM:HEX", cause=cause)
        return
    if wanted is None:
        yield fault(file, f"its hash {resource.label[:100]!r} has an algorithm that is not verified here", "warning")
        return
    algorithm, value = wanted
    try:
        found = known if known and algorithm == "sha256" else package.digest(resource.path, algorithm)
    except BROKEN as error:
        yield fault(file, f"can't be read from the zip: {error}", cause=cause)
        return
    there = package.members[resource.path].file_size
    if found != value:
        yield fault(file, f"{algorithm} is {found}, {DESCRIPTION} says {value}", cause=cause)
    elif resource.size is None:
        yield fault(file, f"{DESCRIPTION} does not give its size", "warning")
    elif resource.size != there:
        yield fault(file, f"has {there} bytes, {DESCRIPTION} says {str(resource.size)[:40]}", cause=cause)
