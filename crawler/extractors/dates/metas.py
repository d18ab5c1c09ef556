"""Names of `<meta>` that hold dates, the most trustworthy first. Only tables; read by `page`."""

from __future__ import annotations

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "bt:pubdate", "datepublished",
    "pubdate",
    "publishdate", "publish-date", "publish_date", "publish_time", "published_time", "publishtime", "publication_date",
    "publicationdate", "published", "date.published", "article.published", "article:published",
    "article_date_original",
    "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "bytedance:published_time", "weibo: article:create_at", "weibo:article:create_at", "dcterms.issued",
    "dcterms.created",
    "dc.date.issued", "dc.date.created", "dc.date.publication", "dcterms.date", "dc.date", "og:release_date",
    "citation_publication_date", "citation_date", "date", "rnews:datepublished", "displaydate",
    "originalpublicationdate",
    "pub_date", "published-date", "created", "datecreated", "article:created", "release_date", "iso-8601-publish-date",
    "shareaholic:article_published_time", "video:release_date", "vr:published_time", "pdate", "_pubtime",
    "date.created",
)  # fmt: skip
UPDATED_META = (
    "article:modified_time", "og:updated_time", "og:modified_time", "article:updated_time", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "revised", "updated_time", "bytedance:updated_time",
    "date.modified", "article.updated", "modified",
)  # fmt: skip
