"""The checks of the audit: `@check` goes above a function; its number, title and clause come out wherever they are shown.

To add a check, write a function that gives faults and register it:

    @check(36, "language of the page", clause="RFC 9110, 8.5")
    def page_language(record: Record) -> Iterator[Fault]:
        "Content-Language names a language."
        if not known(record.language):
            yield Fault("error", f"unknown language {record.language!r}")

The function names no number. `check` adds the number and the clause to each `Fault` and `Finding` that the function
returns or yields. A fault may name a clause of its own: `Fault("error", message, "WARC 1.1, 5.16")`.

Several functions may share a number, in one file or in many: exactly one of them gives title and clause, the others are
registered as `@check(36)`. Functions that make findings or causes where nothing passes through the registered function
call it by name: `page_language.finding("error", message, file)`, `page_language.cause(file, offset)`.
`checks()` lists all checks that were imported: reports and docs/audit.md take titles and clauses from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from archive.audit.checks import CLAUSES, TITLES  # until all are registered
from archive.audit.findings import Cause, Fault, Finding, Severity

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Entry:
    """A check as reports and the documentation name it."""

    number: int
    title: str
    clause: str
    """Where the rule is written; the clause of a fault that names none."""


_entries: dict[int, Entry] = {}
_across: list[Check[..., Any]] = []


def checks() -> dict[int, Entry]:
    """All checks whose modules were imported, by number."""
    return dict(sorted(_entries.items()))


def across_checks() -> list[Check[..., Any]]:
    """The checks that compare records with each other, by number."""
    return sorted(_across, key=lambda one: one.number)


def title_of(number: int) -> str:
    """Title of a check."""
    return _entries[number].title if number in _entries else TITLES[number]


def clause_of(number: int) -> str:
    """Clause of a check."""
    return _entries[number].clause if number in _entries else CLAUSES[number]


def _numbered(number: int, found: Any) -> Any:
    """The fault or finding with number and clause; one that has a number already keeps it. Other values as they are."""
    if not isinstance(found, Fault | Finding) or (found.check and found.clause):
        return found
    check = found.check or number
    clause = found.clause or clause_of(check)
    if isinstance(found, Fault):
        return found._replace(check=check, clause=clause)
    return replace(found, check=check, clause=clause)


class Check(Generic[P, R]):
    """A registered function: call it as before; what it returns or yields has number and clause."""

    def __init__(self, number: int, function: Callable[P, R]) -> None:
        self.number, self.function = number, function
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self._add = partial(_numbered, number)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        found: Any = self.function(*args, **kwargs)
        if found is None or isinstance(found, Fault | Finding):
            return cast(R, self._add(found))
        return cast(R, map(self._add, found))

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Check[P, R]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., R]: ...

    def __get__(self, instance: object, owner: type | None = None) -> Check[P, R] | Callable[..., R]:
        """Bind a registered method, as functions do."""
        return self if instance is None else MethodType(self, instance)

    def finding(self, severity: Severity, message: str, file: str | None = None, offset: int | None = None) -> Finding:
        """A finding of this check on a file."""
        return Finding(self.number, severity, message, clause_of(self.number), file, offset)

    def cause(self, file: str, offset: int | None = None) -> Cause:
        """A finding of this check as the cause of others."""
        return Cause(file, offset, self.number)


def check(
    number: int, title: str | None = None, *, clause: str | None = None, across: bool = False
) -> Callable[[Callable[P, R]], Check[P, R]]:
    """Register a function as (a part of) the check of this number; see the module's docstring.

    The function returns a `Fault`, a `Finding` or None, or yields any number of them. What else it yields passes
    unchanged. `across`: it compares records with each other; once all files were read, `audit.across` calls it with the
    ledger and the audited files, in the order of the numbers.
    """
    if title is not None:
        if number in _entries:
            raise ValueError(f"check {number} has two titles: {_entries[number].title!r} and {title!r}")
        if clause is None:
            raise ValueError(f"check {number} needs a clause beside its title")
        _entries[number] = Entry(number, title, clause)

    def register(function: Callable[P, R]) -> Check[P, R]:
        registered = Check(number, function)
        if across:
            _across.append(registered)
        return registered

    return register
