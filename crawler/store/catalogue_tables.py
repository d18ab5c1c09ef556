"""The catalogue's tables. Keys are taken from the archive (record ids, URLs), never counted up, so that a rebuild
from the WARC files gives the same rows."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, text

schema = MetaData()

captures = Table(
    "captures",
    schema,
    Column("record_id", String, primary_key=True),
    Column("kind", String, nullable=False),  # response | revisit
    Column("url", String, nullable=False),
    Column("date", String, nullable=False),  # RFC 3339, UTC, microseconds
    Column("file", String, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("status", Integer),
    Column("mime", String, nullable=False),
    Column("payload_digest", String, nullable=False),
    Column("refers_to", String),
    Column("truncated", String),
    Index("captures_by_url", "url", "date"),
    Index("captures_by_payload", "payload_digest"),
    Index("captures_by_file", "file"),
    sqlite_with_rowid=False,
)

posts = Table(
    "posts",
    schema,
    Column("canonical_url", String, primary_key=True),
    Column("path", String, nullable=False),  # below the posts folder, "/" between parts
    Column("key", String, nullable=False, unique=True),  # files.path_key of it: one file, whatever folds case
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    schema,
    Column("record_id", String, primary_key=True),  # of the conversion record
    Column("canonical_url", String, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, …
    Column("source", String, nullable=False),
    Column("date", String, nullable=False),  # of the capture
    Column("title", String, nullable=False),
    Column("published", String),
    Column("updated", String),
    Column("dated", String),  # the front matter's date when the page names none
    Column("digest", String, nullable=False),  # sha256:HEX of the post file
    Column("extractor", String, nullable=False),
    Column("file", String, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("shown", Boolean, nullable=False),  # its post file was written (a later version may have replaced it)
    Index("versions_by_post", "canonical_url", "number", unique=True),
    Index("versions_not_shown", "record_id", sqlite_where=text("NOT shown")),  # each run asks at its start
    sqlite_with_rowid=False,
)

pages = Table(
    "pages",
    schema,
    Column("version", String, primary_key=True),
    Column("position", Integer, primary_key=True),  # 0 = the article's first page
    Column("capture", String, nullable=False),
    Index("pages_by_capture", "capture"),
    sqlite_with_rowid=False,
)

images = Table(
    "images",
    schema,
    Column("version", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("url", String, nullable=False),
    Column("capture", String),  # None = missing
    Column("digest", String),  # payload digest of the capture
    Column("media", String),  # path of the local copy below the data folder's media/
    Index("images_by_url", "url"),
    sqlite_with_rowid=False,
)

files = Table(
    "files",
    schema,
    Column("name", String, primary_key=True),  # a sealed WARC file whose rows are all here
    sqlite_with_rowid=False,
)
