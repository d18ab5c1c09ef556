"""The frontier's tables: their SQL, and how to make them from those of earlier releases."""

from __future__ import annotations

from crawler.store.database import Schema

_TABLES = """
CREATE TABLE articles (
    url TEXT NOT NULL PRIMARY KEY,   -- canonical
    fetch_url TEXT NOT NULL,         -- as discovered
    source TEXT NOT NULL,
    section TEXT NOT NULL,
    published TEXT,                  -- the hint of the feed, sitemap or listing
    via TEXT NOT NULL,
    discovered REAL NOT NULL,        -- POSIX seconds
    next_look REAL,                  -- NULL = never
    looks INTEGER NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    failures INTEGER NOT NULL,       -- in a row
    failure TEXT NOT NULL,           -- class of the last one; empty after a success
    failure_text TEXT NOT NULL,
    state TEXT NOT NULL,             -- waiting, or the last outcome
    confirmed INTEGER NOT NULL DEFAULT 0 -- 304s in a row
);
CREATE INDEX articles_by_time ON articles (next_look);
CREATE TABLE aliases (url TEXT NOT NULL PRIMARY KEY, article TEXT NOT NULL);
CREATE TABLE entries (
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    fingerprint TEXT NOT NULL,       -- of the source's configuration: a change makes the validators void
    last_look REAL NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0, -- 304s in a row
    full_look REAL NOT NULL DEFAULT 0,    -- start of the run that last read all of it
    PRIMARY KEY (source, url)
);
"""
_COUNT_304S = """
ALTER TABLE articles ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN full_look REAL NOT NULL DEFAULT 0
"""
_BELIEVED_LINKS = """
UPDATE OR IGNORE articles SET url = fetch_url
WHERE EXISTS (SELECT 1 FROM aliases WHERE aliases.article = articles.url AND aliases.url = articles.fetch_url);
DELETE FROM aliases;
UPDATE entries SET etag = '', last_modified = '', last_look = 0, full_look = 0
"""
"""Release 0.2.0 believed canonical links: of all pages with one link, one was visited again, and the others were its
aliases. So each article goes back to its own page, and each list is read in full once, for the pages left out."""
SCHEMA = Schema(table="articles", tables=_TABLES, upgrades=("", _COUNT_304S, _BELIEVED_LINKS))
"""Version 1 has the tables of release 0.1.0, which wrote no version."""
