"""What a refetch found, in words: what changed against the version before, or that nothing did."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.holdings.publishing import Publisher
from crawler.job.job import Job
from crawler.posts.differences import differences


def changes(job: Job) -> Iterator[str]:
    """Lines for each URL that was asked for; the job's stores are still open."""
    publisher = Publisher(job.layout, job.catalogue)
    failures = {row["url"]: row["message"] for row in job.run.failures}
    written = {row["asked"]: row for row in job.run.posts}
    for url in job.choices.urls:
        if url in failures:
            yield f"{url}: {failures[url]}"
            continue
        article = written[url]["url"] if url in written else job.catalogue.article_of(url)
        versions = job.catalogue.versions(article) if article else []
        if not versions:
            yield f"{url}: was not fetched"
        elif url not in written:
            last = versions[-1]
            yield f"{url}: nothing changed since version {last.number} of {last.date:%Y-%m-%d %H:%M} UTC"
        elif len(versions) == 1:
            yield f"{url}: new: {versions[-1].path}"
        else:
            old, new = versions[-2:]
            yield f"{url}: changed, version {new.number}: {new.path}"
            lines = differences(publisher.text(old), publisher.text(new), old.images, new.images)
            yield from (f"  {line}" for line in lines)
