"""Read warcpress.toml into a Config: the settings of a run and its sources, checked, with all defaults filled in."""

from crawler.config.load import load, webhook
from crawler.config.schema import (
    Archive,
    Config,
    Crawl,
    Fleet,
    Limits,
    Metrics,
    Notify,
    Posts,
    Publish,
    Remote,
    Shard,
    Target,
)
from crawler.config.sources import SINGLE, choose, effective, fingerprint, fingerprints, named, secrets, source_from

__all__ = [
    "SINGLE",
    "Archive",
    "Config",
    "Crawl",
    "Fleet",
    "Limits",
    "Metrics",
    "Notify",
    "Posts",
    "Publish",
    "Remote",
    "Shard",
    "Target",
    "choose",
    "effective",
    "fingerprint",
    "fingerprints",
    "load",
    "named",
    "secrets",
    "source_from",
    "webhook",
]
