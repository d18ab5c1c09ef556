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
    confirmed INTEGER NOT NULL DEFAULT 0, -- 304s in a row
    held INTEGER NOT NULL DEFAULT 0, -- whether its post is stored
    tried REAL,                      -- end of the last visit; NULL = none yet
    looked REAL,                     -- end of the last visit that showed the article, or that it is gone
    changed REAL,                    -- end of the last visit that brought a version, or found it gone or back
    announced REAL,                  -- the latest time of a change that a list has named
    hollow INTEGER NOT NULL DEFAULT 0 -- announced looks in a row that found no change
);
CREATE INDEX articles_by_look ON articles (source, next_look, tried);
CREATE INDEX articles_untried ON articles (source, published DESC, discovered, url) WHERE tried IS NULL;
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
CREATE TABLE pictures (              -- not fetched yet, and wanted
    url TEXT NOT NULL,
    article TEXT NOT NULL,           -- canonical
    next_look REAL,                  -- POSIX seconds; NULL = given up
    tried REAL NOT NULL,             -- when it was tried last
    tries INTEGER NOT NULL,
    failure TEXT NOT NULL,           -- class of the last one
    failure_text TEXT NOT NULL,
    PRIMARY KEY (url, article)
);
CREATE INDEX pictures_by_article ON pictures (article);
CREATE INDEX pictures_by_look ON pictures (next_look);
CREATE TABLE marks (name TEXT NOT NULL PRIMARY KEY, value); -- what one run notes for the next
"""
_KEPT = """
CREATE TABLE hosts (
    host TEXT NOT NULL PRIMARY KEY,
    noted REAL NOT NULL,             -- POSIX seconds, like all times here
    paused_until REAL NOT NULL,
    open_until REAL NOT NULL,        -- the breaker; 0 or past = closed, or open for one trial
    backoffs INTEGER NOT NULL,       -- transient failures in a row
    broken INTEGER NOT NULL          -- failed connections in a row
);
CREATE TABLE robots (
    origin TEXT NOT NULL PRIMARY KEY,
    noted REAL NOT NULL,
    until REAL NOT NULL,             -- it is fetched again after this
    body BLOB,                       -- NULL = there is none, or it is unreachable
    unreachable TEXT NOT NULL,       -- why; empty otherwise
    capture TEXT NOT NULL            -- record id of the response; empty when nothing answered
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
_YEAR = """
ALTER TABLE articles ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE articles ADD COLUMN tried REAL;
ALTER TABLE articles ADD COLUMN looked REAL;
ALTER TABLE articles ADD COLUMN changed REAL;
ALTER TABLE articles ADD COLUMN announced REAL;
ALTER TABLE articles ADD COLUMN hollow INTEGER NOT NULL DEFAULT 0;
UPDATE articles SET held = state IN ('new', 'changed', 'unchanged', 'not-modified'),
    tried = discovered, looked = iif(looks > 0, discovered, NULL) WHERE state <> 'waiting';
DROP INDEX articles_by_time;
CREATE INDEX articles_by_look ON articles (source, next_look, tried);
CREATE INDEX articles_untried ON articles (source, published DESC, discovered, url) WHERE tried IS NULL;
CREATE TABLE pictures (
    url TEXT NOT NULL,
    article TEXT NOT NULL,
    next_look REAL,
    tried REAL NOT NULL,
    tries INTEGER NOT NULL,
    failure TEXT NOT NULL,
    failure_text TEXT NOT NULL,
    PRIMARY KEY (url, article)
);
CREATE INDEX pictures_by_article ON pictures (article);
CREATE INDEX pictures_by_look ON pictures (next_look);
CREATE TABLE marks (name TEXT NOT NULL PRIMARY KEY, value)
"""
_LOOKS = """
CREATE INDEX articles_in_trouble ON articles (source, state) WHERE state IN ('failed', 'given-up');
CREATE TABLE looks (
    source TEXT NOT NULL,
    at REAL NOT NULL,                -- start of the run, POSIX seconds
    state TEXT NOT NULL,             -- in which that run found the source
    facts TEXT NOT NULL,             -- a Look, in JSON
    PRIMARY KEY (source, at)
) WITHOUT ROWID;
CREATE TABLE days (
    source TEXT NOT NULL,            -- empty = the whole archive
    day TEXT NOT NULL,               -- ISO 8601, UTC
    bursts INTEGER NOT NULL,         -- looks that brought a new post
    first REAL NOT NULL,             -- the first of them, POSIX seconds; 0 without one
    last REAL NOT NULL,
    counts TEXT NOT NULL,            -- by name, in JSON
    PRIMARY KEY (source, day)
) WITHOUT ROWID
"""
SCHEMA = Schema(
    table="articles",
    tables=_TABLES + _KEPT + _LOOKS,
    upgrades=("", _COUNT_304S, _BELIEVED_LINKS, f"{_YEAR};{_KEPT}{_LOOKS}"),
)
"""Version 1 has the tables of release 0.1.0, which wrote no version."""
