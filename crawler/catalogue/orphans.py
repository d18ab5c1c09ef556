"""Rows that belong to nothing: a connection to the catalogue goes in, how many per table come out."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from crawler.catalogue.tables import images, pages, posts, versions
from crawler.files import path_key


def orphans(connection: Connection) -> dict[str, int]:
    """Pages, images and posts of no version, and posts under another key than their path's; tables without any are left
    out."""
    known, articles = select(versions.c.record_id), select(versions.c.canonical_url)
    found: dict[str, int] = {}
    for table, column, ids in (
        (pages, pages.c.version, known),
        (images, images.c.version, known),
        (posts, posts.c.canonical_url, articles),
    ):
        query = select(func.count()).select_from(table).where(column.not_in(ids))
        found[table.name] = connection.execute(query).scalar_one()
    rows = connection.execute(select(posts.c.path, posts.c.key).where(posts.c.canonical_url.in_(articles)))
    found["posts"] += sum(path_key(path) != key for path, key in rows)
    return {name: count for name, count in found.items() if count}
