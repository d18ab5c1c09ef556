"""Registry of the audit's checks: `@check` above a function gives its number, title and clause.

To add a check, write a function that returns a fault or None, in a file of `archive/audit/checks/` (of `across/` if it
compares records) that the folder's `__init__.py` imports, and register it:

    @check(36, "language of the page", clause="RFC 9110, 8.5", judges=CONTENT)
    def page_language(record: ScannedRecord) -> Fault | None:
        "Content-Language names a language."
        if record.block.field(b"content-language") in (None, "de", "en", "zh"):
            return None
        return Fault("error", "unknown language")

A function that can find several faults yields them (`-> Iterator[Fault]`). That costs 0.2 µs per record even if it
yields none, so the checks that see every record return one fault or None (2026-11).

The function names no number. `check` adds the number and the clause to each `Fault` and `Finding` that the function
returns or yields. A fault may name a clause of its own: `Fault("error", message, "WARC 1.1, 5.16")`.

`judges` names the stage that calls the function: `CONTENT` calls it with each sound record, `ACROSS`
(across/audited_files.py) once with all records. A stage calls its checks in number order. Without `judges`, the
code that finds the defect calls the function, as the reading of gzip members does. A check of single records that
scanning/fast_path.py does not know turns the fast path off: the check sees all records, and the audit takes longer.

Several functions may share a number, in one file or in many: exactly one of them gives title and clause, the others are
registered as `@check(36)`. Other code makes findings and causes of a check by the function's name:
`page_language.finding("error", message, file)`, `page_language.cause(file, offset)`. `checks()` lists all checks that
were imported: reports take titles and clauses from it, and docs/audit.md is tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar, cast, overload

from archive.audit.findings import Cause, Finding
from archive.read.faults import Fault, Severity

if TYPE_CHECKING:
    from archive.read.header import FieldNames, Header
    from archive.read.record import ScannedRecord

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", Fault, Finding)
Found: TypeAlias = Iterator[F] | F | None
"""What the function of a check gives: nothing, one fault or finding, or any number of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Number, title and clause of a check, for reports and documentation."""

    number: int
    title: str
    clause: str
    """Where the rule is written; used for each fault that names no clause."""


_entries: dict[int, Entry] = {}


def enter(number: int, title: str, *, clause: str | None) -> None:
    """Give a check its title and clause; `check` does it for a check with functions of its own."""
    if number in _entries:
        raise ValueError(f"check {number} has two titles: {_entries[number].title!r} and {title!r}")
    if clause is None:
        raise ValueError(f"check {number} needs a clause beside its title")
    _entries[number] = Entry(number, title, clause)


def checks() -> dict[int, Entry]:
    """All checks whose modules were imported, by number."""
    return dict(sorted(_entries.items()))


def title_of(number: int) -> str:
    """Title of a check."""
    return _entries[number].title


def clause_of(number: int) -> str:
    """Clause of a check."""
    return _entries[number].clause


def _numbered(number: int, found: Any) -> Any:
    """Add the number and clause that a fault or finding lacks; return any other value unchanged."""
    if not isinstance(found, Fault | Finding) or (found.check and found.clause):
        return found
    check = found.check or number
    clause = found.clause or clause_of(check)
    if isinstance(found, Fault):
        return found._replace(check=check, clause=clause)
    return replace(found, check=check, clause=clause)


class Check(Generic[P, R]):
    """A registered function: called as before, it adds number and clause to what it returns or yields."""

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
        """Make a finding of this check on a file."""
        return Finding(self.number, severity, message, clause_of(self.number), file, offset)

    def cause(self, file: str, offset: int | None = None) -> Cause:
        """Name a finding of this check as the cause of others."""
        return Cause(file, offset, self.number)


class Stage(Generic[P, F]):
    """Checks that are called one after the other, in the order of their numbers, each with the same arguments."""

    def __init__(self) -> None:
        self.checks: list[Check[P, Found[F]]] = []
        self.functions: list[Callable[P, Found[F]]] = []
        """The functions of the checks, for a caller that has to be fast: `*args` cost 0.1 µs a call (2026-11)."""

    def add(self, check: Check[P, Found[F]]) -> None:
        """Add a check to the stage."""
        self.checks.append(check)
        self.checks.sort(key=lambda one: one.number)
        self.functions = [one.function for one in self.checks]

    def judge(self, *args: P.args, **kwargs: P.kwargs) -> list[F]:
        """Call all checks and list what they find."""
        return self.numbered([function(*args, **kwargs) for function in self.functions])

    def numbered(self, results: Sequence[Found[F]]) -> list[F]:
        """List the faults in the results of `functions`, with number and clause."""
        if not any(results):  # of most records, no check finds anything
            return []
        pairs = zip(self.checks, results, strict=True)
        return [_numbered(one.number, fault) for one, found in pairs for fault in _each(found)]

    def each(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Iterator[F]]:
        """Yield the findings of each check in turn; a check runs while its findings are read."""
        for one in self.checks:
            yield _each(one(*args, **kwargs))


def _each(found: Found[F]) -> Iterator[F]:
    if found is None:
        return iter(())
    return iter((found,)) if isinstance(found, Fault | Finding) else found


HEADER_TEXT: Stage[[Header], Fault] = Stage()
"""Called with a header whose text has an irregularity (`Header.irregular`)."""
FIELD_NAMES: Stage[[FieldNames, str | None, bool], Fault] = Stage()
"""Called with the field names of a header, the record's type in lower case or None, and whether its block is empty.

The faults are cached by these, because the records of a crawl share their field names.
"""
FIELD_VALUES: Stage[[ScannedRecord, datetime], Fault] = Stage()
"""Called with a record whose header could be parsed, and the auditor's clock."""
LABELS: Stage[[ScannedRecord], Fault] = Stage()
"""Called with a record whose header has no error."""
CONTENT: Stage[[ScannedRecord], Fault] = Stage()
"""Called with a record whose header has no error and whose block is complete."""


@overload
def check(
    number: int, title: str | None = None, *, clause: str | None = None, judges: Stage[P, F]
) -> Callable[[Callable[P, Found[F]]], Check[P, Found[F]]]: ...


@overload
def check(
    number: int, title: str | None = None, *, clause: str | None = None
) -> Callable[[Callable[P, R]], Check[P, R]]: ...


def check(
    number: int,
    title: str | None = None,
    *,
    clause: str | None = None,
    judges: Stage[Any, Any] | None = None,
) -> Callable[[Callable[P, R]], Check[P, R]]:
    """Register a function as (a part of) the check of this number; see the module's docstring.

    The function returns a `Fault`, a `Finding` or None, or yields any number of them. What else it yields passes
    unchanged. `judges`: the stage that calls it.
    """
    if title is not None:
        enter(number, title, clause=clause)

    def register(function: Callable[P, R]) -> Check[P, R]:
        registered: Check[P, Any] = Check(number, function)
        if judges is not None:
            judges.add(registered)
        return registered

    return register
