"""Score our extractor and its peers on recorded pages with ground truth; prints Markdown tables.

    python benchmarks/extraction.py FOLDER [--peers trafilatura,readability] [--corpus NAME] [--worst 10]

FOLDER holds `score.py` (the measure: `score_page`, `aggregate`, `load`), `adapters.py` (peers as functions of raw
bytes, URL and a context), `corpora.txt`, `ids.txt`, and `corpus/NAME.jsonl` with `corpus/ID.html.gz`. The pages belong
to their publishers and are not in the repository. `cpu` is the mean CPU time per page in milliseconds; all extractors
are measured in turn on each page, so that they meet the same load.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler.errors import ExtractionError
from crawler.extractors import extract
from crawler.items import Page, Post

CAPTURED = datetime(2026, 11, 22, tzinfo=UTC)
"""The recorded pages have no time of capture; all are older than this."""
COLUMNS = ("n", "F1", "P", "R", "ww", "ttl", "aut", "date", "imP", "imR", "cpu", "fail")
Extractor = Callable[[bytes, str], dict[str, Any]]


def ours(raw: bytes, url: str) -> dict[str, Any]:
    """Extract a page and return our post as the scorer's dictionary."""
    post = extract(
        Page(url or "http://unknown.example/", raw, [("Content-Type", "text/html")], CAPTURED, complete=True)
    )
    return {
        "text": post.text,
        "title": post.title,
        "authors": list(post.authors),
        "date": written_day(post) if post.published else None,
        "images": [image.url for image in post.images],
        "lead_image": post.lead_image.url if post.lead_image else None,
    }


def written_day(post: Post) -> str:
    """Return the time of publication in the zone that the page writes, else in UTC.

    The scorer accepts the day as written or in UTC, and peers return it as written.
    """
    assert post.published is not None
    try:
        zone = datetime.fromisoformat(post.published_text).tzinfo
    except ValueError:
        zone = None
    return post.published.astimezone(zone or UTC).isoformat()


def module(path: Path) -> ModuleType:
    """Import a Python file that is not on the path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"{path}: no such Python file; FOLDER must hold score.py and adapters.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def extractors(folder: Path, names: list[str]) -> dict[str, Extractor]:
    """Return our extractor and the named peers; exit on a name that adapters.py does not have."""
    chosen: dict[str, Extractor] = {"warcpress": ours}
    if names:
        adapters = module(folder / "adapters.py")
        for name in names:
            function = getattr(adapters, name, None)
            if function is None:
                raise SystemExit(f"{name}: adapters.py knows no such peer")
            chosen[name] = partial(_peer, function)
    return chosen


def _peer(function: Callable[..., dict[str, Any] | None], raw: bytes, url: str) -> dict[str, Any]:
    return function(raw, url, {}) or {}


def pages(folder: Path, corpus: str, scorer: ModuleType) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield ground truth and bytes of each page of a corpus whose id is in ids.txt."""
    counted = set((folder / "ids.txt").read_text().split("\n"))
    for truth in scorer.load(str(folder / "corpus" / f"{corpus}.jsonl")).values():
        if truth["id"] in counted:
            yield truth, gzip.decompress((folder / "corpus" / f"{truth['id']}.html.gz").read_bytes())


def run(extractor: Extractor, raw: bytes, url: str) -> dict[str, Any]:
    """Return an extractor's answer for a page with its CPU time; an exception gives an empty answer with `err`."""
    started = time.process_time()
    try:
        answer = dict(extractor(raw, url))
        answer["err"] = None
    except ImportError as error:
        raise SystemExit(f"{error}: the peer is not installed") from error
    except ExtractionError as error:
        answer = {"err": str(error)}
    except Exception as error:  # noqa: BLE001 - peers raise what they like; the table counts it as `fail`
        answer = {"err": repr(error)[:200]}
    answer["cpu"] = (time.process_time() - started) * 1000
    return answer


def main() -> None:
    """Print a table per corpus."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", default="", help="names of functions in adapters.py, separated by commas")
    parser.add_argument("--corpus", action="append", help="only this one; may be repeated")
    parser.add_argument("--worst", type=int, default=0, help="also name that many of our worst pages")
    chosen = parser.parse_args()
    scorer = module(chosen.folder / "score.py")
    compared = extractors(chosen.folder, [name for name in chosen.peers.split(",") if name])
    for corpus in chosen.corpus or (chosen.folder / "corpora.txt").read_text().split():
        results: dict[str, list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
            name: [] for name in compared
        }
        for truth, raw in pages(chosen.folder, corpus, scorer):
            for name, extractor in compared.items():
                answer = run(extractor, raw, truth["url"])
                results[name].append((truth, answer, scorer.score_page(truth, answer)))
        report(corpus, results, scorer, chosen.worst)


def report(corpus: str, results: dict[str, list[Any]], scorer: ModuleType, worst: int) -> None:
    """Print the table of a corpus."""
    rows = {}
    for name, scored in results.items():
        rows[name] = scorer.aggregate(scored)
        rows[name]["cpu"] = sum(answer["cpu"] for _, answer, _ in scored) / max(1, len(scored))
    shown = [column for column in COLUMNS if any(row.get(column) is not None for row in rows.values())]
    lines = [f"\n### {corpus}", "| extractor | " + " | ".join(shown) + " |", "|---|" + "---:|" * len(shown)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(figure(column, row.get(column)) for column in shown) + " |")
    for truth, answer, score in sorted(results["warcpress"], key=lambda page: page[2].get("F1", 1.0))[:worst]:
        lines.append(f"- {score.get('F1', 1.0):.2f} {truth['id']} {answer['err'] or ''}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def figure(column: str, value: float | None) -> str:
    """Format a table cell."""
    if value is None:
        return "-"
    return f"{value:.0f}" if column in ("n", "fail") else f"{value:.1f}" if column == "cpu" else f"{value:.3f}"


if __name__ == "__main__":
    main()
