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
    "states": "record_id",
    "versions": "record_id",
}
"""Primary key of each table."""

_TABLES = """
CREATE TABLE captures ( -- those that a version or a state refers to; the CDXJ index has all
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

CREATE TABLE posts (
    canonical_url TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL,             -- of the newest version, below the posts folder, `/` between its parts
    key TEXT NOT NULL               -- path_key(path): equal for paths that a case-folding file system takes for one
) WITHOUT ROWID;
CREATE INDEX posts_by_key ON posts (key);

CREATE TABLE versions (
    record_id TEXT NOT NULL PRIMARY KEY, -- of the conversion record
    canonical_url TEXT NOT NULL,
    number INTEGER NOT NULL,        -- 1, 2, …; two have one number when a file was lost, and then put back
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
    captured TEXT NOT NULL,         -- date of the capture of the article's first page
    derivation INTEGER NOT NULL DEFAULT 0, -- 0 = as first made; 1, 2, … = made again from the same captures
    path TEXT NOT NULL DEFAULT '',  -- below the posts folder
    date TEXT NOT NULL DEFAULT ''   -- that the post shows: published, else dated, else captured
) WITHOUT ROWID;
CREATE INDEX versions_by_post ON versions (canonical_url, number, derivation, converted, record_id);
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
    name TEXT NOT NULL PRIMARY KEY, -- a sealed WARC file whose rows are all here
    captures INTEGER NOT NULL DEFAULT 0 -- that are in it, with or without a row
) WITHOUT ROWID;
"""

_STATE_TABLE = """
CREATE TABLE states (
    record_id TEXT NOT NULL PRIMARY KEY, -- of the metadata record
    canonical_url TEXT NOT NULL,
    number INTEGER NOT NULL,        -- 1, 2, … of the article
    state TEXT NOT NULL,            -- present | withdrawn | suspect
    reason TEXT NOT NULL,           -- error class, such as http-404
    text TEXT NOT NULL,             -- sha256:HEX of the text of a body that shrank, else empty
    capture TEXT NOT NULL,          -- record id of the capture that shows the state
    date TEXT NOT NULL,             -- of that capture
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX states_by_post ON states (canonical_url, number, date, record_id)
"""

_DATE_INDEXES = """
CREATE INDEX versions_by_date ON versions (date, record_id, title);
CREATE INDEX versions_by_source ON versions (source, date, record_id);
CREATE INDEX versions_changed ON versions (date, record_id) WHERE number > 1;
"""
"""For `warcpress list`, which shows the latest first: without them a million posts are sorted before the first line.

A title is looked for in the first index alone: 1.5 s of CPU for a million posts; 11 s with an index that lacks titles,
or that has an expression in place of the column `date` (SQLite 3.40, 2026-11).
"""

TOLD = "(state = 'withdrawn' OR (state = 'present' AND reason = 'withdrawn'))"
"""Condition of the states that a feed tells: an article was withdrawn, or is there again."""
_ARRIVAL_INDEXES = f"""
CREATE INDEX versions_arrived ON versions (number > 1, converted, record_id) WHERE derivation = 0;
CREATE INDEX versions_arrived_of ON versions (source, number > 1, converted, record_id) WHERE derivation = 0;
CREATE INDEX states_told ON states (date, record_id) WHERE {TOLD};
"""
"""For the feeds of `warcpress serve`: without them 100,000 posts are read and sorted for the newest 50."""

OF_PAGES = "captures.mime NOT GLOB 'image/*'"
"""Condition of the captures that can be an article's page: three of four are pictures."""
_REFERENCE_INDEXES = """
CREATE INDEX images_by_capture ON images (capture);
CREATE INDEX states_by_capture ON states (capture);
"""
_CAPTURE_INDEXES = f"""
CREATE INDEX captures_by_url ON captures (url, date);
CREATE INDEX captures_by_payload ON captures (payload_digest) WHERE {OF_PAGES.removeprefix("captures.")};
CREATE INDEX captures_by_file ON captures (file);
"""

_FILE_INDEXES = """
CREATE INDEX versions_by_file ON versions (file);
CREATE INDEX states_by_file ON states (file);
"""
"""For the merger of small files, and the audit, which asks for the rows of each file."""

COUNTED = ("posts", "versions", "images")
"""Tables whose rows are counted in `counts`, for `warcpress status`."""
_COUNTS = """
CREATE TABLE counts (
    name TEXT NOT NULL PRIMARY KEY, -- of a table
    number INTEGER NOT NULL         -- of its rows
) WITHOUT ROWID;
""" + "".join(f"INSERT INTO counts SELECT '{table}', count(*) FROM {table};\n" for table in COUNTED)
_CASES = " ".join(f"WHEN '{table}' THEN :{table}" for table in COUNTED)
COUNT = f"UPDATE counts SET number = number + CASE name {_CASES} ELSE 0 END"
"""Follows what adds or removes rows, in the same transaction. A trigger takes 1 to 10 µs for each row (2026-11)."""

IS_REFERRED = """(
    EXISTS (SELECT 1 FROM pages WHERE pages.capture = {capture})
    OR EXISTS (SELECT 1 FROM images WHERE images.capture = {capture})
    OR EXISTS (SELECT 1 FROM states WHERE states.capture = {capture})
)"""
"""Condition of the captures that a version or a state refers to."""

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

_STATES = f"""
ALTER TABLE versions ADD COLUMN derivation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE versions ADD COLUMN path TEXT NOT NULL DEFAULT '';
UPDATE versions SET path = coalesce(
    (SELECT posts.path FROM posts WHERE posts.canonical_url = versions.canonical_url), ''
);
DROP INDEX versions_by_post;
CREATE UNIQUE INDEX versions_by_post ON versions (canonical_url, number, derivation);
ALTER TABLE posts RENAME TO old_posts;
CREATE TABLE posts (
    canonical_url TEXT NOT NULL PRIMARY KEY, path TEXT NOT NULL, key TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO posts SELECT canonical_url, path, key FROM old_posts;
DROP TABLE old_posts;
CREATE INDEX posts_by_key ON posts (key);
ALTER TABLE versions ADD COLUMN date TEXT NOT NULL DEFAULT '';
UPDATE versions SET date = coalesce(published, dated, captured);
{_DATE_INDEXES}
{_STATE_TABLE}
"""
"""Until release 0.3.0 a version was made once, and all versions of an article had one path."""

_SAME_NUMBERS = """
DROP INDEX versions_by_post;
CREATE INDEX versions_by_post ON versions (canonical_url, number, derivation, converted, record_id);
DROP INDEX states_by_post;
CREATE INDEX states_by_post ON states (canonical_url, number, date, record_id)
"""
"""Until release 0.4.0 a version or state was left out when another one of its article had its number."""

_REFERRED = f"""
ALTER TABLE files ADD COLUMN captures INTEGER NOT NULL DEFAULT 0;
UPDATE files SET captures = counted.number
FROM (SELECT file, count(*) AS number FROM captures GROUP BY file) AS counted WHERE counted.file = files.name;
DROP INDEX IF EXISTS captures_by_url;
DROP INDEX IF EXISTS captures_by_payload;
DROP INDEX IF EXISTS captures_by_file;
{_REFERENCE_INDEXES}
DELETE FROM captures WHERE NOT {IS_REFERRED.format(capture="captures.record_id")};
{_CAPTURE_INDEXES}
"""
"""Until release 0.4.0 every capture had a row. The indexes of the others are made afterwards, which is faster."""

_INDEXES = _ARRIVAL_INDEXES + _REFERENCE_INDEXES + _CAPTURE_INDEXES + _FILE_INDEXES
SCHEMA = Schema(
    table="captures",
    tables=f"{_TABLES} {_DATE_INDEXES} {_STATE_TABLE}; {_INDEXES} {_COUNTS}",
    upgrades=(_CAPTURED, _STATES, _SAME_NUMBERS, _ARRIVAL_INDEXES, _REFERRED, _FILE_INDEXES + _COUNTS),
    readable=3,
)
MOVE = """
UPDATE {table} SET file = :file, "offset" = "offset" + (SELECT value FROM json_each(:starts) WHERE key = {table}.file)
WHERE file IN (SELECT key FROM json_each(:starts))
"""
"""Lets rows of some WARC files lead into the file that they were merged into."""
IS_NEWEST = """NOT EXISTS (
    SELECT 1 FROM versions AS later WHERE later.canonical_url = versions.canonical_url
    AND (later.number, later.derivation, later.converted, later.record_id)
    > (versions.number, versions.derivation, versions.converted, versions.record_id)
)"""
"""Condition of the versions that are the newest of their article."""
OLDEST_FIRST = "number, derivation, converted, record_id"
"""Order of the versions of an article."""
NEWEST_PATH = f"""
SELECT path FROM versions WHERE canonical_url = ? ORDER BY {OLDEST_FIRST.replace(",", " DESC,")} DESC LIMIT 1
"""
SET_PATH = "UPDATE posts SET path = ?, key = ? WHERE canonical_url = ?"
LATER_STATE = """
SELECT 1 FROM states AS later WHERE later.canonical_url = states.canonical_url
AND (later.number, later.date, later.record_id) > (states.number, states.date, states.record_id)
"""
