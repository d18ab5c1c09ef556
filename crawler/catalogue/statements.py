"""What a run asks of the catalogue for every page and picture, as statements that are made once.

Building one of them takes SQLAlchemy 160 µs, running it 50 (2026-11).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update

from crawler.catalogue.tables import captures, images, pages, posts, schema, versions

_IMAGE = (images.c.url, images.c.capture, images.c.digest, images.c.media)
"""In the order of StoredImage's fields."""


def joined() -> Any:
    """Versions with the paths of their posts."""
    return select(versions, posts.c.path).join(posts, posts.c.canonical_url == versions.c.canonical_url)


def newest() -> Any:
    """Those that no later one has replaced."""
    later = versions.alias("later")
    replaced = (later.c.canonical_url == versions.c.canonical_url) & (later.c.number > versions.c.number)
    return joined().where(~exists().where(replaced))


ADD = {table.name: insert(table).prefix_with("OR IGNORE") for table in schema.sorted_tables}
"""By name of the table."""
SHOW = update(versions).where(versions.c.record_id == bindparam("version")).values(shown=True)
VERSIONS = joined().where(versions.c.canonical_url == bindparam("url")).order_by(versions.c.number)
PAGES = select(pages.c.version, pages.c.capture)
IMAGES = select(images.c.version, *_IMAGE)
IMAGE = (
    select(*_IMAGE)
    .join(captures, captures.c.record_id == images.c.capture)
    .where(images.c.url == bindparam("url"))
    .order_by(captures.c.date.desc())
    .limit(1)
)
"""The newest that is held."""
AT = select(posts.c.canonical_url).where(posts.c.key == bindparam("key"))
CAPTURE = select(captures).where(captures.c.record_id == bindparam("id"))
