"""Judge a source: its looks and days go in, its state comes out, with one line of reason and what to do. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from archive import json_text, many
from crawler.items import Source
from crawler.run.health import IN_A_ROW, RECENT, Health, History, State, fallen, frozen, poorer, shorter, silent
from crawler.store.looks import Day, Look, Past


def judge(source: Source, past: Sequence[Past], days: Sequence[Day], now: datetime) -> Health:
    """Judge a source by its looks, newest first, and its days, oldest first; the first rule that applies counts."""
    same = [known for known in past if known.look.settings == past[0].look.settings]
    history = History(source, same, days, now.timestamp())
    faults = (_without_entries, _unreadable, _not_allowed, _no_article, _unmatched, _unfetched)
    found = (rule(history) for rule in (*faults, fallen, poorer, shorter, silent, frozen, _moved))
    return next((health for health in found if health is not None), Health())


def _without_entries(history: History) -> Health | None:
    if history.source.entries:
        return None
    return Health(
        State.MISCONFIGURED,
        "it has no feeds, sitemaps, sections, listings or urls",
        "give it one of them; the site's own pages link to its feed",
    )


def _unreadable(history: History) -> Health | None:
    """Lists that could not be read in the last looks: a fault of the file, or of the site."""
    looks = [past.look for past in history.asked]
    latest = looks[:IN_A_ROW]
    urls = [url for url in looks[0].unread if all(url in look.unread for look in latest)] if looks else []
    if len(latest) < IN_A_ROW or not urls:
        return None
    read = {url for look in looks for url in look.read}
    sections = {section.url for section in history.source.sections}
    for url in urls:
        fault = looks[0].unread[url]
        if fault.fetched and (url in sections or url not in read):
            advice = "correct its URL or selector, or the kind of list that it is given as"
            return Health(State.MISCONFIGURED, fault.message, advice)
    of_all = len(history.source.entries) - len(history.source.urls)
    in_a_row = _leading(look for look in looks if urls[0] in look.unread or urls[0] in look.read)
    return Health(
        State.FAILING,
        f"{len(urls)} of {many(max(of_all, len(urls)), 'list')} can't be read, {in_a_row} looks in a row: "
        f"{looks[0].unread[urls[0]].message}",
        "if the site is well in a browser, correct the URL; it is tried again at each look",
    )


def _leading(looks: Iterator[Look]) -> int:
    """Count the looks before the first that had nothing unread."""
    count = 0
    for look in looks:
        if not look.unread:
            break
        count += 1
    return count


def _not_allowed(history: History) -> Health | None:
    """`allow` and `deny` have never let anything through that the lists name."""
    looks = [look for past in history.asked if (look := past.look).read or look.confirmed]
    full = [look for look in looks if look.read]  # a 304 says that a list is as it was
    if len(looks) < IN_A_ROW or not full or history.gave_posts:
        return None
    lists = [listed for look in full for listed in (*look.read.values(), look.further)]
    refused = sum(listed.refused for listed in (*full[0].read.values(), full[0].further))
    if not refused or any(listed.articles for listed in lists):
        return None
    example = next(listed.example for listed in lists if listed.refused)
    which = "allow matches" if history.source.allow else "deny leaves"
    return Health(
        State.MISCONFIGURED,
        f"{which} none of the {refused} links that its lists name, such as {example}",
        "correct allow and deny; `warcpress crawl --dry-run` shows what they let through",
    )


def _no_article(history: History) -> Health | None:
    """Every page that it ever named was not an article."""
    reasons: Counter[str] = Counter()
    for past in history.past:
        reasons.update(past.look.not_articles)
    pages = reasons.total()
    if history.gave_posts or not pages:
        return None
    if set(reasons) == {"needs-javascript"}:
        return Health(
            State.MISCONFIGURED,
            f"all of its pages ({pages} so far) need JavaScript to show an article",
            "look for a feed, a JSON listing or pages for readers without JavaScript (AMP, print) on the site",
        )
    if pages < RECENT:
        return None
    return Health(
        State.MISCONFIGURED,
        f"none of the {pages} pages that it has named so far is an article ({_counted(reasons)})",
        "narrow allow to articles, or see `warcpress preview URL`",
    )


def _unmatched(history: History) -> Health | None:
    """A selector of the source's `article` has never found anything."""
    with_posts = [past.look for past in history.past if past.look.new]
    pages = sum(look.new for look in with_posts)
    for key in with_posts[0].unmatched if with_posts else ():
        if pages >= RECENT and all(look.unmatched.get(key, 0) >= look.new for look in with_posts):
            return Health(
                State.MISCONFIGURED,
                f"its selector for {key} has found nothing on {pages} pages",
                "see one of them with `warcpress preview URL`, and correct [source.article]",
            )
    return None


def _unfetched(history: History) -> Health | None:
    """No page of a new article could be fetched in the last looks."""
    tried = [past.look for past in history.past if past.look.unfetched or past.look.new or past.look.not_articles]
    latest = tried[:IN_A_ROW]
    reasons: Counter[str] = Counter()
    for look in latest:
        reasons.update(look.unfetched)
    if len(latest) < IN_A_ROW or reasons.total() < RECENT or any(look.new or look.not_articles for look in latest):
        return None
    return Health(
        State.FAILING,
        f"no new article could be fetched, {len(latest)} looks in a row ({_counted(reasons)})",
        "see the failures in the run file; robots.txt, a ban or a login may forbid it",
    )


def _moved(history: History) -> Health | None:
    """A list answers with a permanent redirect."""
    moved = next((past.look.moved for past in history.asked if past.look.moved or past.look.read), {})
    old = next(iter(moved), None)
    if old is None:
        return None
    return Health(State.MOVED, f"{old} has moved for good to {moved[old]}", _proposal(history.source, moved))


def _proposal(source: Source, moved: dict[str, str]) -> str:
    """The line to write into warcpress.toml."""
    for key in ("feeds", "sitemaps"):
        urls: tuple[str, ...] = getattr(source, key)
        if any(url in moved for url in urls):
            line = json_text([moved.get(url, url) for url in urls])
            return f"[[source]] {source.name}: write {key} = {line}"
    old, new = next(iter(moved.items()))
    return f"[[source]] {source.name}: write url = {json_text(new)} in place of {json_text(old)}"


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in reasons.most_common(4))
