"""The page of an article's history: events go in, a page for a browser comes out, in pieces.

It needs no script, no network and no other file, and its policy (CSP) allows none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive import page_head
from crawler.from_warc.history import Change, Event
from crawler.posts.difference_page import STYLE, fragment, text_html


def page(name: str, events: Iterable[Event]) -> Iterator[str]:
    """The page as HTML. `name`: what the reader asked for."""
    yield page_head(title=text_html(f"History of {name}"), style=_STYLE + STYLE)
    yield f"<h1>History of <span>{text_html(name)}</span></h1>"
    for event in events:
        yield f"<section><h2>{text_html(event.mark[0].upper() + event.mark[1:])}</h2>"
        yield f'<p class="at"><time datetime="{event.at.isoformat()}">{event.at:%Y-%m-%d %H:%M:%S} UTC</time></p>'
        yield f'<p class="told" dir="auto">{text_html(event.told)}</p>'
        place = f"{event.place[0]}:{event.place[1]} " if event.place else ""
        yield f"<p><code>{text_html(place + event.record_id)}</code></p>"
        if event.missing:
            yield f"<p>{text_html(event.missing[0].upper() + event.missing[1:])}</p>"
        if event.change is not None:
            yield from _change(event.change)
        yield "</section>"
    yield "</main></body></html>"


def _change(change: Change) -> Iterator[str]:
    since = f"version {change.since.number}"
    if change.since.derivation:
        since += f", derivation {change.since.derivation}"
    if not change.difference:
        yield f"<p>Nothing a reader sees is different from {since}.</p>"
        return
    yield f"<h3>Different from {since}</h3>"
    yield fragment(change.difference)


_STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; color: #222; background: #fff }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181a1b } }
main { margin: 1.2em auto; max-width: 44em; padding: 0 1em; overflow-wrap: anywhere }
h1 { font-size: 1.3em } h1 span { font-weight: normal } h2 { font-size: 1.1em; margin: 0 } h3 { font-size: 1em }
section { border-top: 1px solid #8888; margin-top: 1.6em; padding-top: 1em }
.at { margin: 0 } .told { font-weight: bold; margin: .3em 0 }
code { font-size: .85em; overflow-wrap: anywhere }
"""
