"""Read warcpress.toml: check syntax, keys, types and rules in turn; the first fault becomes one line with its place."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from crawler.config import positions, rules
from crawler.config.schema import Archive, Config, Metrics, Notify
from crawler.config.shape import Problem, Tables, check_keys, leaves, typed, written_out
from crawler.config.sources import effective, secrets
from crawler.errors import ConfigError
from crawler.items import Source

ENVIRONMENT_MARK = "env:"
"""Start of a value that names a variable of the environment."""
SHORTEST_SECRET = 6
"""Characters: a secret is cut out of every log and record, and two letters would take half of each text with them."""
CALLED = ("url", "start_url", "success_url", "failure_url")
"""Keys of [notify] with a URL that is called; it may be a secret."""
_ONE_POSTS_FOLDER = (
    "not with a [posts] folder that all years would share: leave that out, and name the site in [publish]"
)
_SECRET = re.compile(r"cookie|auth|token|secret|password|session|key", re.IGNORECASE)
"""Names of headers whose values must come from the environment."""


def load(
    path: Path | str,
    data_override: Path | str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    required: bool = True,
    text: str | None = None,
) -> Config:
    """Read the file at `path`, fill in profiles, defaults and the environment's values, and make paths absolute.

    `data_override` (the option `--data`) replaces [crawl] data and is relative to the current folder. With `required`
    false, a missing file counts as empty. `text` is read instead of
    the file, to check it before it is written. ConfigError names file, line and the known alternatives.

    A value that the environment lacks is no error here, because commands that only read need none: `secrets`, which
    every run asks for them, raises it.
    """
    path = Path(path).absolute()
    text = _read(path, required) if text is None else text
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path, text, str(error))) from error
    environment = _Environment(environ)
    try:
        tables = _tables(raw, environment)
    except Problem as problem:
        raise ConfigError(_fault(path, text, raw, problem)) from problem
    crawl = dataclasses.replace(
        tables.crawl,
        data=Path(data_override).absolute() if data_override is not None else path.parent / tables.crawl.data,
        ca_file=path.parent / tables.crawl.ca_file if tables.crawl.ca_file else None,
    )
    archive = _with_paths(tables.archive, path.parent)
    for table, key, file in (
        ("crawl", "ca_file", crawl.ca_file),
        *(("archive", "trusted_keys", file) for file in archive.trusted_keys),
        *(("archive", "timestamp_roots", file) for file in archive.timestamp_roots),
    ):
        if file and not file.is_file():
            line = positions.line_of((table, key), positions.positions(text))
            raise ConfigError(f"{path}:{line}: [{table}] {key}: {file} does not exist")
    config = Config(
        path=path,
        crawl=crawl,
        posts=tables.posts,
        publish=dataclasses.replace(tables.publish, site=_absolute(tables.publish.site, path.parent)),
        archive=archive,
        limits=tables.limits,
        notify=tables.notify,
        metrics=Metrics(_absolute(tables.metrics.textfile, path.parent)),
        fleet=tables.fleet,
        remote=tables.remote,
        sources=tables.source,
        secret_values=tuple(environment.taken.values()),
        secrets_fault=_fault(path, text, raw, environment.faults[0]) if environment.faults else "",
    )
    if fault := _site_fault(config):
        raise ConfigError(_fault(path, text, raw, Problem(("publish", "site"), fault)))
    if config.crawl.yearly and Path(config.posts.folder).is_absolute():
        raise ConfigError(_fault(path, text, raw, Problem(("crawl", "yearly"), _ONE_POSTS_FOLDER)))
    return config


def _absolute(file: str, folder: Path) -> str:
    return str(folder / file) if file else ""


def _site_fault(config: Config) -> str:
    """Why the site can't be that of [publish]: its folders and those of the data must not be in each other."""
    if config.target is None:
        return ""
    ours = [(config.crawl.data / name).resolve() for name in (config.posts.folder, "media")]
    for folder in (config.target.posts, config.target.media):
        theirs = (config.target.site / folder).resolve()
        for one in ours:
            if one.is_relative_to(theirs) or theirs.is_relative_to(one):
                return f"{theirs} is not apart from {one}, where the posts come from; use [posts] folder or [publish]"
    return ""


def webhook(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Notify, tuple[bytes, ...]]:
    """Read [notify] of a file that may be wrong elsewhere, and the secrets that no message about it may have.

    Without a usable URL, or if the file is no TOML, nothing is sent: `Notify()`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text).get("notify", {})
        urls = {key: _usable(table.get(key, ""), environ) for key in CALLED}
        settings = Notify(**urls, on="always" if table.get("on") == "always" else "problems")
    except (OSError, ValueError, AttributeError, RecursionError):
        return Notify(), ()
    named = (environ.get(name, "") for name in re.findall(rf"{ENVIRONMENT_MARK}(\w+)", text))
    values = (*urls.values(), *(value for value in named if len(value) >= SHORTEST_SECRET))
    return settings, secrets(Config(secret_values=tuple(filter(None, values))))


def _usable(url: str, environ: Mapping[str, str]) -> str:
    """A URL that can be called; empty without one."""
    try:
        found = variable(url, environ) if url.startswith(ENVIRONMENT_MARK) else url
    except LookupError:
        return ""
    return "" if rules.webhook(found, "url") else found


def _with_paths(archive: Archive, folder: Path) -> Archive:
    """Make the paths of `[archive]` absolute; only `signing.py` reads the key, which others may not be able to."""
    key = archive.signing_key
    return dataclasses.replace(
        archive,
        signing_key=str(folder / key) if key and not key.startswith(ENVIRONMENT_MARK) else key,
        trusted_keys=tuple(folder / file for file in archive.trusted_keys),
        timestamp_roots=tuple(folder / file for file in archive.timestamp_roots),
    )


@dataclasses.dataclass(frozen=True)
class _Environment:
    """The environment. Every value taken from it is remembered as a secret, every one that it lacks as a fault."""

    variables: Mapping[str, str]
    taken: dict[positions.Path, str] = dataclasses.field(default_factory=dict)
    faults: list[Problem] = dataclasses.field(default_factory=list)

    def resolve(self, value: str, path: positions.Path) -> str:
        """Return the value itself, or what the environment has for `env:NAME`; `env:NAME` when it has no such value."""
        if not value.startswith(ENVIRONMENT_MARK):
            return value
        try:
            found = variable(value, self.variables)
        except LookupError as error:
            self.faults.append(Problem(path, str(error)))
            return value
        if len(found) < SHORTEST_SECRET:
            name = value.removeprefix(ENVIRONMENT_MARK)
            self.faults.append(
                Problem(path, f"{name} has fewer than {SHORTEST_SECRET} characters: too short for a secret")
            )
            return value
        self.taken[path] = found
        return found

    def lacks(self, path: positions.Path) -> bool:
        """Whether the value at this place could not be had, so that there is nothing to check."""
        return any(fault.path == path for fault in self.faults)


def variable(value: str, environ: Mapping[str, str]) -> str:
    """Return the value of the variable that `env:NAME` names; LookupError, with the reason, when it is not set."""
    name = value.removeprefix(ENVIRONMENT_MARK)
    if found := environ.get(name):
        return found
    raise LookupError(f"the environment has no {name or 'NAME after env:'}; set it before warcpress starts")


def _fault(path: Path, text: str, raw: Mapping[str, Any], problem: Problem) -> str:
    line = positions.line_of(problem.path, positions.positions(text))
    return f"{path}:{line or 1}: {_place(problem.path, raw)}{problem.text}"


def _read(path: Path, required: bool) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if not required:
            return ""
        raise ConfigError(
            f"{path}: does not exist; `warcpress init` writes one, --config FILE names another"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _syntax(path: Path, text: str, message: str) -> str:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if not found:
        return f"{path}:1: not TOML: {message}"
    line = found[2] or text.count("\n") + (not text.endswith("\n"))
    return f"{path}:{line}: not TOML: {found[1]} ({f'column {found[3]}' if found[3] else 'at the end of the file'})"


def _tables(raw: dict[str, Any], environment: _Environment) -> Tables:
    if "sources" in raw:
        raise Problem(("sources",), "unknown key 'sources'; write [[source]]")
    check_keys(raw)
    merged = {key: dict(value) if isinstance(value, dict) else value for key, value in raw.items()}
    merged["source"] = [_with_profile(source, ("source", n)) for n, source in enumerate(raw.get("source", []))]
    merged = written_out(merged)
    for n, source in enumerate(merged["source"]):
        if isinstance(headers := source.get("headers"), dict):
            source["headers"] = _headers(headers, ("source", n, "headers"), environment)
    for table, key in (("crawl", "proxy"), ("fleet", "database"), *(("notify", key) for key in CALLED)):
        if isinstance(value := merged.get(table, {}).get(key), str):
            merged[table][key] = environment.resolve(value, (table, key))
    if merged.get("crawl", {}).get("ca_file") == "":
        merged["crawl"]["ca_file"] = None
    tables = typed(merged, Tables)
    _check_rules(merged, environment)
    _distinct(tables.source)
    _ascending(tables.source)
    return tables


def _with_profile(source: dict[str, Any], path: positions.Path) -> dict[str, Any]:
    """Merge a source with the profile that it uses; its own keys win, its name may be the profile's."""
    used = source.get("use", "")
    if not isinstance(used, str) or not used:
        if "name" not in source:
            raise Problem(path, "has no name; give it one, e.g. name = 'example'")
        return source
    from crawler.extractors import sites  # lxml and trafilatura take half a second to load: only a profile pays it

    if used not in sites.NAMES:
        raise Problem((*path, "use"), f"no shipped profile {used!r}; {rules.nearest(used, sites.NAMES)}")
    return {**effective(sites.by_name(used).source), "name": used, **source}


def _headers(headers: dict[str, Any], path: positions.Path, environment: _Environment) -> dict[str, Any]:
    resolved = dict(headers)
    for name, value in headers.items():
        place = (*path, name)
        if not isinstance(value, str):
            continue  # the types are checked later
        if _SECRET.search(name) and not value.startswith(ENVIRONMENT_MARK):
            raise Problem(place, f"a secret does not belong in this file; write {name} = 'env:NAME' and set NAME")
        resolved[name] = environment.resolve(value, place)
    return resolved


def _check_rules(merged: dict[str, Any], environment: _Environment) -> None:
    """Raise Problem for the first value that breaks a rule; a value of the environment that does is a fault of it."""
    for place, value in leaves(merged):
        if value is None or environment.lacks(place):
            continue
        if (rule := _rule(place)) and (text := rule(value, str(place[-1]))):
            problem = Problem(place, text)
            if place not in environment.taken:
                raise problem
            environment.faults.append(problem)


def _rule(path: positions.Path) -> rules.Rule | None:
    steps = ["*" if isinstance(step, int) else step for step in path]
    return rules.RULES.get(".".join(steps)) or rules.RULES.get(".".join([*steps[:-1], "*"]))


def _distinct(sources: tuple[Source, ...]) -> None:
    seen: dict[str, int] = {}
    for n, source in enumerate(sources):
        # Without case: on some file systems, names that differ only in case are one folder.
        if (earlier := seen.setdefault(source.name.casefold(), n)) != n:
            raise Problem(("source", n, "name"), f"{source.name!r} is already the name of [[source]] {earlier + 1}")


def _ascending(sources: tuple[Source, ...]) -> None:
    for n, source in enumerate(sources):
        if fault := rules.ladder(source.look_again):
            place, text = fault
            raise Problem(("source", n, "look_again", place), text)


def _place(path: positions.Path, raw: Mapping[str, Any]) -> str:
    """Name a place: `[limits] redirects: `, `[[source]] guancha: sections 2 links: `; empty for the top level."""
    if len(path) < 2:
        return ""
    if path[0] == "source":
        number = cast(int, path[1])
        entry = raw["source"][number]
        head, rest = f"[[source]] {entry.get('name') or entry.get('use') or number + 1}:", path[2:]
    else:
        head, rest = f"[{path[0]}]", path[1:]
    words = [str(step + 1) if isinstance(step, int) else step for step in rest]
    return " ".join([head, *words]).removesuffix(":") + ": "
