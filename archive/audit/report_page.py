"""The audit's HTML page: findings and the summary go in; a page that needs no network and no script comes out.

It shows what was audited and with what, totals, captures per day, findings per check, the files from the worst on, the
findings of each check, folded, and every file that was read, with its size and sha256.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape

from archive.audit.findings import SEVERITIES, Finding, Summary
from archive.audit.registry import title_of
from archive.audit.report_terminal import message_of, rank, said, sentence, shared_folder
from archive.escaping import page_head, printable
from archive.plurals import many
from archive.read.faults import Severity

ROWS = 2000
"""Most findings of each severity that the page lists; the JSON has them all."""
WORST = 50
"""Files with the most errors, then warnings, that are listed before the findings."""
MOST_FILES = 20_000
"""Most files that were read that the page lists; a year of half-hourly runs has 17,500."""
COLUMNS = 92
"""Most columns of the plot: up to a quarter of a year by days, else by months, else by years."""
SHORT = 12
"""Longest text of a table cell that stays on one line."""


class Page:
    """Collects findings one by one, then renders the page."""

    def __init__(self) -> None:
        self._findings: dict[Severity, list[Finding]] = {severity: [] for severity in SEVERITIES}
        self._acknowledged: list[Finding] = []

    def finding(self, finding: Finding) -> None:
        """Keep the first `ROWS` findings of each severity, and acknowledged ones; the summary counts all."""
        kept = self._findings[finding.severity] if finding.acknowledged is None else self._acknowledged
        if len(kept) < ROWS:
            kept.append(finding)

    def render(self, summary: Summary, now: datetime, about: Sequence[tuple[str, str]]) -> str:
        """The page as HTML; `now` = the aware time of the audit, `about` = what was audited, with what and how."""
        files = sorted(
            summary.per_file.items(), key=lambda item: tuple(-item[1].get(severity, 0) for severity in SEVERITIES)
        )
        folder = shared_folder([*summary.per_file, *(one.file for one in summary.read)])
        days, unit = _days(summary)
        parts = [
            page_head("Audit", _STYLE),
            f"<h1>Audit of {now:%Y-%m-%d %H:%M} UTC</h1>",
            f"<p class={'bad' if summary.errors else 'good'}>{escape(sentence(summary))}</p>",
            "<dl class=about>" + "".join(map(_said, about)) + "</dl>",
            _totals(summary),
            f"<h2>Captures per {unit}</h2>" + _columns(days),
            "<h2>Findings per check</h2>" + _bars(summary.per_check),
        ]
        if files:
            more = f"<p>and {many(len(files) - WORST, 'more file')} with findings</p>" if len(files) > WORST else ""
            rows = [
                (name.removeprefix(folder), *(counts.get(s, 0) for s in SEVERITIES)) for name, counts in files[:WORST]
            ]
            parts += ["<h2>Files, worst first</h2>", _table(("file", *(f"{s}s" for s in SEVERITIES)), rows), more]
            parts += [
                "<h2>Findings</h2>",
                *self._groups(summary, {name: at for at, (name, _) in enumerate(files)}, folder),
            ]
        parts += self._accepted(summary, folder)
        if summary.read:
            parts += _files(summary, folder)
        if summary.not_read:
            rows = [(left.file.removeprefix(folder), left.reason) for left in summary.not_read[:MOST_FILES]]
            parts += ["<h2>Not read</h2>", _table(("file", "why"), rows)]
        return "\n".join(parts) + "\n</main></body></html>\n"

    def _accepted(self, summary: Summary, folder: str) -> Iterable[str]:
        """Tables of the acknowledged findings, and of those that no longer occur."""
        head = ("severity", "file", "offset", "message")
        if summary.acknowledged:
            rows = [_row(one, folder)[:4] for one in self._acknowledged]
            yield f"<h2>Acknowledged: {summary.acknowledged:,}</h2>" + _table(head, rows)
        if summary.gone:
            gone = [
                (one.check, (one.file or "").removeprefix(folder), one.offset, one.message, said(one.acknowledged))
                for one in summary.gone
            ]
            title = "<h2>Acknowledged, and found no longer</h2>"
            yield title + _table(("check", "file", "offset", "message", "acknowledged"), gone)

    def _groups(self, summary: Summary, worst: Mapping[str, int], folder: str) -> Iterable[str]:
        """One folded table per check: errors first, then in the order of the files.

        File names go without `folder`: the page may be sent to others, who need not know it.
        """
        grouped: dict[int, list[Finding]] = defaultdict(list)
        for findings in self._findings.values():
            for finding in findings:
                grouped[finding.check].append(finding)
        for check, counts in sorted(summary.per_check.items()):
            rows = sorted(
                grouped[check], key=lambda one: (rank(one), worst.get(one.file or "", len(worst)), one.offset or 0)
            )
            hidden = sum(counts.values()) - len(rows)
            numbers = ", ".join(f"{many(counts[s], s)}" for s in SEVERITIES if counts.get(s))
            head = ("severity", "file", "offset", "message", "record", "URL", "clause")
            yield (
                f"<details{' open' if counts.get('error') else ''}>"
                f"<summary>check {check}, {escape(title_of(check))}: {numbers}</summary>"
                + _table(head, (_row(one, folder) for one in rows), "findings")
                + (f"<p>{hidden} more are in the JSON output only.</p>" if hidden else "")
                + "</details>"
            )


_STYLE = """
:root { color-scheme: light }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; color: #222; background: #fff }
main { margin: 1.5em auto; max-width: 76em; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin: 1.8em 0 .5em }
.bad { color: #a00; font-weight: bold } .good { color: #060; font-weight: bold }
.about { display: grid; grid-template-columns: auto 1fr; gap: .2em 1em; margin: 0 0 1.2em }
.about dt { color: #666 } .about dd { margin: 0; overflow-wrap: anywhere }
.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(10em, 1fr)); gap: .6em; margin: 0 }
.totals div { border: 1px solid #ddd; border-radius: .3em; padding: .4em .7em }
.totals dt { color: #666; font-size: .85em } .totals dd { margin: 0; font-size: 1.2em; overflow-wrap: anywhere }
.columns { display: flex; align-items: flex-end; height: 9em; gap: 1px; border-bottom: 1px solid #888 }
.columns div { flex: 1; background: #47a; min-height: 1px }
.axis { display: flex; justify-content: space-between; color: #666; font-size: .85em; margin: 0 0 .3em }
.bars { display: grid; grid-template-columns: minmax(8em, 24em) 1fr auto; gap: .25em .8em; align-items: center }
.bars > div { display: contents }
.bar { display: flex; height: .95em } .bar i { min-width: 2px }
.error { background: #b22 } .warning { background: #e90 } .note { background: #9ab }
.key i { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ddd; padding: .2em .6em .2em 0; text-align: left; vertical-align: top }
th { white-space: nowrap } td { overflow-wrap: anywhere; min-width: 4em } td.short { white-space: nowrap }
.findings { table-layout: fixed; min-width: 60em } .findings td { min-width: 0 }
.findings th:nth-child(1) { width: 4.5em } .findings th:nth-child(2), .findings th:nth-child(6) { width: 16% }
.findings th:nth-child(3) { width: 6.5em } .findings th:nth-child(5) { width: 12% }
.findings th:nth-child(7) { width: 6.5em }
details { margin: .4em 0 } summary { cursor: pointer; font-weight: bold }
@media (max-width: 40em) {
  .bars { display: block } .bars > div { display: grid; grid-template-columns: 1fr auto; margin-bottom: .5em }
  .bars .bar { grid-column: 1 / 3; grid-row: 2 } .findings { min-width: 0 }
  thead { display: none } tr { display: block; padding: .4em 0; border-bottom: 1px solid #ddd }
  td { display: block; border: 0; padding: 0 } td:empty { display: none }
  td::before { content: attr(data-of) " "; color: #666 }
}
"""


def _files(summary: Summary, folder: str) -> Iterable[str]:
    """Every file that was read, also those without findings, folded."""
    counted = dict.fromkeys(SEVERITIES, 0)
    rows = []
    for one in summary.read[:MOST_FILES]:
        counts = {**counted, **summary.per_file.get(one.file, {})}
        found = ", ".join(f"{many(counts[s], s)}" for s in SEVERITIES if counts[s])
        name = one.file.removeprefix(folder)
        rows.append((name, f"{one.size:,}", f"{one.records:,}", one.sha256, one.sealed_by, found))
    more = len(summary.read) - len(rows)
    yield f"<h2>Files that were read</h2><details><summary>{len(summary.read):,}, with size and sha256</summary>"
    yield _table(("file", "bytes", "records", "sha256", "manifest line", "findings"), rows)
    yield (f"<p>{more:,} more are not listed.</p>" if more else "") + "</details>"


def _said(about: tuple[str, str]) -> str:
    return f"<dt>{escape(about[0])}</dt><dd>{escape(printable(about[1]))}</dd>"


def _totals(summary: Summary) -> str:
    captures = sum(summary.per_day.values())
    tiles = [
        ("files", f"{summary.files:,}"),
        ("bytes", f"{summary.bytes:,}"),
        ("records", f"{summary.records:,}"),
        ("captures", f"{captures:,}"),
        *((f"{severity}s", f"{count:,}") for severity, count in _severities(summary)),
        ("files not read", f"{len(summary.not_read):,}"),
        ("records without digest", f"{summary.without_digest:,}"),
        *((f"{kind} records", f"{count:,}") for kind, count in sorted(summary.types.items())),
    ]
    return "<dl class=totals>" + "".join(_tile(name, value) for name, value in tiles) + "</dl>"


def _tile(name: str, value: str) -> str:
    return f"<div><dt>{escape(printable(name))}</dt><dd>{escape(value)}</dd></div>"


def _severities(summary: Summary) -> Iterable[tuple[Severity, int]]:
    return zip(SEVERITIES, (summary.errors, summary.warnings, summary.notes), strict=True)


def _row(finding: Finding, folder: str) -> tuple[object, ...]:
    return (
        finding.severity,
        (finding.file or "").removeprefix(folder),
        finding.offset,
        message_of(finding, folder),
        finding.record_id,
        finding.url,
        finding.clause,
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]], kind: str = "plain") -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ["".join(_cell(name, value) for name, value in zip(head, row, strict=True)) for row in rows]
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f"<div class=wide><table class={kind}><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(name: str, value: object) -> str:
    text = "" if value is None else printable(str(value))
    return f"<td data-of='{escape(name)}'{' class=short' if len(text) <= SHORT else ''}>{escape(text)}</td>"


def _bars(per_check: Mapping[int, Mapping[Severity, int]]) -> str:
    """One bar per check, with its severities side by side."""
    if not per_check:
        return "<p>none</p>"
    top = max(sum(counts.values()) for counts in per_check.values())
    rows = []
    for check, counts in sorted(per_check.items()):
        pieces = "".join(
            f"<i class={severity} style='width:{100 * counts[severity] / top:.2f}%'></i>"
            for severity in SEVERITIES
            if counts.get(severity)
        )
        label = f"<span>{check}, {escape(title_of(check))}</span>"
        rows.append(f"<div>{label}<span class=bar>{pieces}</span><span>{sum(counts.values()):,}</span></div>")
    key = "".join(f"<i class={severity}></i>{severity}s" for severity in SEVERITIES)
    return f"<p class=key>{key}</p><div class=bars>" + "\n".join(rows) + "</div>"


def _columns(values: list[tuple[str, int]]) -> str:
    """One column per day; days without captures have none."""
    if not values:
        return "<p>none</p>"
    top = max(count for _, count in values)
    columns = "".join(
        f"<div title='{escape(printable(day), quote=True)}: {count:,}' style='height:{100 * count / top:.2f}%'></div>"
        for day, count in values
    )
    ends = [values[0][0], values[-1][0]] if len(values) > 1 else [values[0][0]]
    axis = "".join(f"<span>{escape(printable(day))}</span>" for day in ends)
    plot = f"<p class=axis>at most {top:,}</p><div class=columns>{columns}</div><p class=axis>{axis}</p>"
    return f"<div style='max-width:{max(3 * len(values), 14)}em'>{plot}</div>"


def _days(summary: Summary) -> tuple[list[tuple[str, int]], str]:
    """Captures per day, or per month or year to stay within `COLUMNS`, and which of these it is."""
    grouped: dict[str, int] = {}
    unit = ""
    for width, unit in ((10, "day"), (7, "month"), (4, "year")):  # noqa: B007
        grouped = {}
        for day, count in summary.per_day.items():
            grouped[day[:width]] = grouped.get(day[:width], 0) + count
        if len(grouped) <= COLUMNS:
            break
    return sorted(grouped.items()), unit
