"""The catalogue's tables: their SQL, their columns, their keys.

Keys are record ids and URLs from the archive, never counters, so a rebuild from the WARC files gives the same rows.
"""

from __future__ import annotations

from crawler.store.database import Schema

KEYS = {
    "captures": "record_id",
    "files": "name",
    "images": "version, position",
    "pages": "version, position",
    "posts": "canonical_url",
    "versions": "record_id",
}
"""Primary key of each table."""

_TABLES = """
CREATE TABLE captures (
    record_id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,             -- response | revisit
    url TEXT NOT NULL,
    date TEXT NOT NULL,             -- RFC 3339, UTC, microseconds, like every date here
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    status INTEGER,
    mime TEXT NOT NULL,
    payload_digest TEXT NOT NULL,
    refers_to TEXT,
    truncated TEXT
) WITHOUT ROWID;
CREATE INDEX captures_by_url ON captures (url, date);
CREATE INDEX captures_by_payload ON captures (payload_digest);
CREATE INDEX captures_by_file ON captures (file);

CREATE TABLE posts (
    canonical_url TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL,             -- below the posts folder, `/` between its parts
    key TEXT NOT NULL UNIQUE        -- path_key(path): equal for paths that a case-folding file system takes for one
) WITHOUT ROWID;

CREATE TABLE versions (
    record_id TEXT NOT NULL PRIMARY KEY, -- of the conversion record
    canonical_url TEXT NOT NULL,
    number INTEGER NOT NULL,        -- 1, 2, …
    source TEXT NOT NULL,
    converted TEXT NOT NULL,        -- date of the conversion record
    title TEXT NOT NULL,
    published TEXT,
    updated TEXT,
    dated TEXT,                     -- the front matter's date when the page names none
    digest TEXT NOT NULL,           -- sha256:HEX of the post file
    extractor TEXT NOT NULL,
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    shown INTEGER NOT NULL,         -- 1 = its post file was written (a later version may have replaced it)
    captured TEXT NOT NULL          -- date of the capture of the article's first page
) WITHOUT ROWID;
CREATE UNIQUE INDEX versions_by_post ON versions (canonical_url, number);
CREATE INDEX versions_not_shown ON versions (record_id) WHERE NOT shown; -- every run asks for them when it starts

CREATE TABLE pages (
    version TEXT NOT NULL,
    position INTEGER NOT NULL,      -- 0 = the article's first page
    capture TEXT NOT NULL,
    PRIMARY KEY (version, position)
) WITHOUT ROWID;
CREATE INDEX pages_by_capture ON pages (capture);

CREATE TABLE images (
    version TEXT NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    capture TEXT,                   -- NULL = could not be fetched
    digest TEXT,                    -- payload digest of the capture
    media TEXT,                     -- path of the local copy below the data folder's media/
    PRIMARY KEY (version, position)
) WITHOUT ROWID;
CREATE INDEX images_by_url ON images (url);

CREATE TABLE files (
    name TEXT NOT NULL PRIMARY KEY  -- a sealed WARC file whose rows are all here
) WITHOUT ROWID;
"""

_CAPTURED = """
ALTER TABLE versions RENAME COLUMN date TO converted;
ALTER TABLE versions ADD COLUMN captured TEXT NOT NULL DEFAULT '';
UPDATE versions SET captured = coalesce(
    (
        SELECT captures.date FROM pages JOIN captures ON captures.record_id = pages.capture
        WHERE pages.version = versions.record_id AND pages.position = 0
    ),
    converted
);
"""
"""Release 0.1.0 stored only the date of the conversion, and used it as that of the capture."""

SCHEMA = Schema(table="captures", tables=_TABLES, upgrades=(_CAPTURED,))
