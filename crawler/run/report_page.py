"""The page of a run, `runs/RUN-ID.html`: its report and the last days go in, a page for a browser comes out.

It needs no script, no network and no other file, and its policy (CSP) allows none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archive import OPEN, OnlyStored, WarcName, page_head
from crawler.run.charts import COLOURS, Series, bars, columns, legend, line, quoted
from crawler.run.past_runs import ID, size, span
from crawler.store.data_folder import Layout
from crawler.store.files import write_file
from crawler.store.looks import ARCHIVE, LATENCIES, Day, Looks

DAYS = 30
"""Days in the charts."""
KEPT = 30
"""Pages that are kept; the run files of older runs stay."""
SHOWN = 100
"""Rows shown of each list; the run file has more."""
MOST_CLASSES = 8
"""Error classes in their chart."""


def write_page(layout: Layout, content: dict[str, Any], looks: Looks, now: datetime) -> None:
    """Write the page of a run file's content, and remove those before the last KEPT; StorageFailed when that fails."""
    days = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in reversed(range(DAYS))]
    text = page(content, days, looks.days_since(days[0]), _archive_sizes(layout, days))
    write_file(layout.runs, f"{content['run']}.html", text.encode(), mode=0o600)
    for old in _pages(layout.runs)[:-KEPT]:
        old.unlink()


def _archive_sizes(layout: Layout, days: Sequence[str]) -> list[int]:
    """Bytes of the sealed WARC files at the end of each day, by the time in their names."""
    begun = Counter[str]()
    sizes = {path.name: path.stat().st_size for path in layout.warc.iterdir() if not path.name.endswith(OPEN)}
    sizes |= {name: one.size for name, one in OnlyStored(layout.root).files().items()}
    for file, bytes_there in sizes.items():
        name = WarcName.parse(file)
        begun[name.timestamp[:8] if name else ""] += bytes_there
    return [sum(count for day, count in begun.items() if day <= until.replace("-", "")) for until in days]


def _pages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.html") if ID.fullmatch(path.stem))


def is_worth_a_page(content: dict[str, Any]) -> bool:
    """Whether a run did something, or something went wrong."""
    return bool(content["exit_code"] or any(content["articles"].values()) or content["candidates"]["added"])


def page(content: dict[str, Any], days: Sequence[str], seen: Iterable[Day], sizes: Sequence[int]) -> str:
    """The page as HTML; `seen`: what the days brought; `sizes`: bytes of the WARC files after each day."""
    run, history = content["run"], _History(days, list(seen))
    parts = [
        page_head(title=quoted(f"Run {run}"), style=_STYLE),
        f"<h1>Run {quoted(run)}</h1><p>{quoted(_sentence(content))}</p>",
        *(f"<p class=bad>{quoted(content[name])}</p>" for name in ("stopped", "reason") if content[name]),
        _totals(content),
        _sources(content),
        f"<h2>The last {DAYS} days</h2><div class=charts>",
        *history.charts(sizes),
        "</div>",
        _list("Lists that could not be read", content["unread_sources"], ("source", "message")),
        _list("Budgets spent", content["spent"], ("source", "message")),
        _list("Posts", content["posts"], ("outcome", "path", "url")),
        _list("Visits without a post", content["failures"], ("outcome", "class", "message")),
        _list("Pictures missing", content["missing_images"], ("class", "message")),
        _list("Files kept, because somebody changed or made them", content["kept_files"], ("path", "message")),
        "</main></body></html>\n",
    ]
    return "\n".join(filter(None, parts))


@dataclass(frozen=True)
class _History:
    """What the last days brought."""

    days: Sequence[str]
    seen: list[Day]

    @property
    def _short(self) -> list[str]:
        return [day[5:] for day in self.days]

    def _of(self, source: str, count: str) -> list[float]:
        found = {day.day: day.counts.get(count, 0) for day in self.seen if day.source == source}
        return [found.get(day, 0) for day in self.days]

    def _totals(self, prefix: str) -> Counter[str]:
        """Counts of all days whose names start so, without the prefix."""
        found: Counter[str] = Counter()
        for day in self.seen:
            found.update({name.removeprefix(prefix): n for name, n in day.counts.items() if name.startswith(prefix)})
        return found

    def charts(self, sizes: Sequence[int]) -> list[str]:
        """Each chart with its heading."""
        latencies, errors = self._totals("latency:"), self._totals("error:")
        saved = [Series("saved", self._of(ARCHIVE, "saved"))]
        articles = self._articles()
        return [
            _figure(
                "New articles a day, by source",
                columns("New articles a day", self._short, articles, _whole),
                legend(articles),
            ),
            _figure(
                "From publication to capture",
                bars("Latency", {name: latencies[name] for name in LATENCIES}, _whole),
                "<p>New posts by the time from the date on the page to the capture; the first look at a source finds "
                "old ones.</p>",
            ),
            _figure(
                "Visits without a post, by error class",
                bars("Errors", dict(errors.most_common(MOST_CLASSES)), _whole) if errors else "<p>None.</p>",
            ),
            _figure("Size of the archive", line("Size of the archive", self._short, sizes, size)),
            _figure(
                "Saved by deduplication, a day",
                columns("Bytes saved a day", self._short, saved, size),
                f"<p>{size(sum(saved[0].values))} in {DAYS} days were stored before and became revisits.</p>",
            ),
        ]

    def _articles(self) -> list[Series]:
        """New articles of the sources that have most, and of all others together."""
        names = Counter({day.source: 0 for day in self.seen if day.source != ARCHIVE})
        for day in self.seen:
            if day.source != ARCHIVE:
                names[day.source] += day.counts.get("new", 0)
        ranked = [name for name, count in names.most_common() if count]
        series = [Series(name, self._of(name, "new")) for name in ranked[:COLOURS]]
        if rest := [self._of(name, "new") for name in ranked[COLOURS:]]:
            series.append(Series(f"{len(rest)} more", [sum(day) for day in zip(*rest, strict=True)]))
        return series


def _figure(title: str, chart: str, more: str = "") -> str:
    return f"<figure><figcaption>{quoted(title)}</figcaption>{chart}{more}</figure>"


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _sentence(content: dict[str, Any]) -> str:
    return (
        f"{content['command']}, started {content['started'][:16].replace('T', ' ')} UTC, took "
        f"{span(content['seconds'])}, exit code {content['exit_code']}"
    )


def _totals(content: dict[str, Any]) -> str:
    articles, captures = content["articles"], content["captures"]
    tiles = {
        "new": _whole(articles["new"]),
        "changed": _whole(articles["changed"]),
        "failed, given up": f"{articles['failed']}, {articles['given-up']}",
        "candidates": _whole(content["candidates"]["added"]),
        "captures": _whole(captures["exchanges"]),
        "stored": size(captures["bytes"]),
        "saved": size(captures["saved"]),
    }
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles.items()) + "</dl>"


def _sources(content: dict[str, Any]) -> str:
    unwell = [(name, row) for name, row in content["sources"].items() if row["state"] != "healthy"]
    if not unwell:
        return ""
    rows = [(name, row["state"], f"{row['reason']}. {row['advice']}") for name, row in unwell]
    return "<h2>Sources that are not well</h2>" + _table(("source", "state", "why, and what to do"), rows[:SHOWN])


def _list(title: str, listed: dict[str, Any], keys: tuple[str, ...]) -> str:
    if not listed["count"]:
        return ""
    shown = [tuple(str(row[key]) for key in keys) for row in listed["first"][:SHOWN]]
    left = listed["count"] - len(shown)
    more = f"<p>{left:,} more are in the run file.</p>" if left else ""
    table = _table(keys, shown)
    return f"<details><summary>{quoted(title)}: {listed['count']:,}</summary>{table}{more}</details>"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{quoted(name)}</th>" for name in headings)
    body = "".join("<tr>" + "".join(f"<td>{quoted(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


_STYLE = """
:root { --text: #222; --page: #fff; --line: #ddd; --soft: #666; --bad: #a00;
  --c0: #3b76af; --c1: #d9822b; --c2: #4c9f50; --c3: #b5443c; --c4: #8063a8; --c5: #2a9d9d; --c6: #c25b9a;
  --c7: #8a8a2c; --c8: #999 }
@media (prefers-color-scheme: dark) { :root { --text: #ddd; --page: #181a1b; --line: #3a3d3f; --soft: #9aa0a4;
  --bad: #ff7b72; --c0: #6aa5dd; --c1: #f0a455; --c2: #79c67d; --c3: #e6776f; --c4: #ab92d0; --c5: #58c4c4;
  --c6: #e28cc0; --c7: #c0c05c; --c8: #888 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; color: var(--text); background: var(--page) }
main { margin: 1.2em auto; max-width: 76em; padding: 0 1em }
h1 { font-size: 1.4em; overflow-wrap: anywhere } h2 { font-size: 1.15em; margin: 1.6em 0 .5em }
.bad { color: var(--bad); font-weight: bold; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5em, 1fr)); gap: .5em; margin: 0 }
dl div { border: 1px solid var(--line); border-radius: .3em; padding: .3em .6em }
dt { color: var(--soft); font-size: .85em } dd { margin: 0; font-size: 1.2em }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22em), 1fr)); gap: 1.2em }
figure { margin: 0; min-width: 0 } figcaption { font-weight: bold; margin-bottom: .3em }
figure p { color: var(--soft); font-size: .85em; margin: .2em 0 }
.chart { width: 100%; max-width: 36em; font: 11px system-ui, sans-serif } .chart text { fill: var(--text) }
.grid { stroke: var(--line) } .line { fill: none; stroke: var(--c0); stroke-width: 2 } .area { opacity: .3 }
.legend { list-style: none; padding: 0; margin: .2em 0; display: flex; flex-wrap: wrap; gap: .1em .9em }
.legend { font-size: .85em }
.legend li { overflow-wrap: anywhere } .legend svg { width: .8em; height: .8em; margin-right: .35em }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid var(--line); padding: .25em .7em .25em 0; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere; min-width: 5em }
details { margin: .5em 0 } summary { cursor: pointer; font-weight: bold }
""" + "\n".join(f".c{number} {{ fill: var(--c{number}) }}" for number in range(COLOURS + 1))
