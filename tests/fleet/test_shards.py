"""Which shard has which source: whole domains, few moves, and one line for what is no shard."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from holding import exchange

from archive import ArchiveWriter
from crawler.config import Config, Crawl, Metrics, Posts, Shard, load
from crawler.errors import ConfigError
from crawler.fleet.shards import divide, of_shard, shard_of
from crawler.items import Section, Source


def followed(name: str, *feeds: str, allow: tuple[str, ...] = ()) -> Source:
    return Source(name=name, feeds=feeds, allow=allow)


PRESS = [followed(f"paper{n}", f"https://www.paper{n}.example/feed") for n in range(1000)]


def test_each_source_has_one_shard_and_none_is_left_empty() -> None:
    counts = Counter(divide(PRESS, 8).sources.values())
    assert sorted(counts) == list(range(1, 9))
    assert max(counts.values()) < 1.4 * min(counts.values())


def test_a_source_keeps_its_shard_whatever_the_order_and_the_other_sources() -> None:
    whole = divide(PRESS, 8).sources
    assert divide(PRESS[::-3], 8).sources == {source.name: whole[source.name] for source in PRESS[::-3]}


@pytest.mark.parametrize("of", [1, 2, 3, 8, 40])
def test_a_further_shard_moves_few_sources_and_only_to_itself(of: int) -> None:
    before, after = divide(PRESS, of).sources, divide(PRESS, of + 1).sources
    moved = [name for name in before if before[name] != after[name]]
    assert {after[name] for name in moved} == {of + 1}
    assert 0.6 < len(moved) * (of + 1) / len(PRESS) < 1.5


def test_the_division_is_that_of_every_release() -> None:
    """A change would move sources of every fleet."""
    press = [followed(f"paper{n}", f"https://paper{n}.example/") for n in range(12)]
    assert list(divide(press, 4).sources.values()) == EVERY_RELEASE


EVERY_RELEASE = [4, 1, 1, 4, 4, 1, 2, 1, 3, 2, 3, 3]


def test_sources_that_share_a_domain_stay_together() -> None:
    sources = [
        followed("news", "https://www.example.co.uk/feed"),
        followed("sport", "https://sport.example.co.uk/feed"),
        followed("blog", "https://blog.example.net/feed"),
        Source(name="both", sections=(Section("https://m.example.net/", "a"), Section("https://example.co.uk/", "a"))),
        followed("allowed", "https://feeds.example/press", allow=(r"^https://www\.example\.net/",)),
    ]
    for of in range(2, 40):
        assert len(set(divide(sources, of).sources.values())) == 1


def test_hosts_of_one_provider_or_country_are_not_one_domain() -> None:
    names = [f"https://paper{n}.{domain}/" for n in range(20) for domain in ("co.uk", "com.cn", "substack.com")]
    sources = [followed(f"s{n}", url) for n, url in enumerate(names)]
    assert len(set(divide(sources, 8).sources.values())) == 8


def test_a_source_without_an_address_has_a_shard_by_its_name() -> None:
    sources = [followed(f"s{n}") for n in range(40)]
    assert len(set(divide(sources, 8).sources.values())) == 8


def test_a_url_is_of_the_shard_that_has_its_domain() -> None:
    division = divide(PRESS, 8)
    for n in range(0, 1000, 50):
        assert division.of_url(f"https://pictures.paper{n}.example/a.jpg") == division.sources[f"paper{n}"]
    alone = {division.of_url(f"https://other{n}.example/") for n in range(100)}
    assert alone == set(range(1, 9))


def test_the_shards_have_all_domains_and_each_has_one() -> None:
    division = divide(PRESS, 3)
    own = [division.own(number) for number in (1, 2, 3)]
    assert sum(map(len, own)) == len(frozenset().union(*own)) == 1000


@pytest.mark.parametrize("text", ["1/1", "2/8", "9999/9999"])
def test_a_shard_is_read_as_it_is_written(text: str) -> None:
    assert str(shard_of(text)) == text


@pytest.mark.parametrize(
    "text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/-2", "a/b", "1/2/3", " 1/2", "1/2\n", "１/２", "1/10000", "01/2"]
)
def test_what_is_no_shard_is_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        shard_of(text)
    assert str(caught.value) == f"--shard {text!r}: write I/N, such as 2/8: shard 2 of 8, counted from 1"


def test_a_shard_has_a_folder_and_a_prefix_of_its_own() -> None:
    config = Config(crawl=Crawl(data=Path("/press/data")))
    second = of_shard(config, Shard(2, 3))
    assert second.crawl.data == Path("/press/data/shard-2")
    assert second.archive.prefix == "warcpress-shard-2"
    assert second.posts.folder == "posts"
    assert of_shard(config, Shard(2, 8)).crawl.data == second.crawl.data, "a further shard renames no folder"


def test_figures_for_prometheus_are_in_a_file_for_each_shard() -> None:
    config = Config(metrics=Metrics("/var/lib/node_exporter/warcpress.prom"))
    assert of_shard(config, Shard(2, 3)).metrics.textfile == "/var/lib/node_exporter/warcpress-shard-2.prom"
    assert of_shard(Config(), Shard(2, 3)).metrics.textfile == ""


def test_two_shards_that_start_in_one_second_write_two_names(tmp_path: Path) -> None:
    def names(prefixes: list[str]) -> set[str]:
        found = set()
        for number, prefix in enumerate(prefixes):
            folder = tmp_path / f"{prefix}-{number}"
            folder.mkdir()
            with ArchiveWriter(folder, prefix=prefix, clock=lambda: datetime(2026, 11, 29, tzinfo=UTC)) as writer:
                writer.write(
                    exchange("http://herald.test/", b"<p>news", "text/html", datetime(2026, 11, 29, tzinfo=UTC))
                )
            found |= {path.name for path in (folder / "warc").iterdir()}
        return found

    config = Config()
    assert len(names([config.archive.prefix] * 2)) == 1, "without shards there would be one name"
    assert names([of_shard(config, Shard(number, 2)).archive.prefix for number in (1, 2)]) == {
        f"warcpress-shard-{number}-20261129000000-00000-archive.warc.gz" for number in (1, 2)
    }


def test_posts_outside_of_the_data_folder_have_a_folder_for_each_shard() -> None:
    config = Config(posts=Posts(folder="/site/source/_posts"))
    assert of_shard(config, Shard(1, 2)).posts.folder == "/site/source/_posts/shard-1"


def test_the_number_of_shards_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "warcpress.toml"
    file.write_text("[fleet]\nshards = 3\n")
    assert load(file).fleet.shards == 3
    for wrong in ("-1", "10000"):
        file.write_text(f"[fleet]\nshards = {wrong}\n")
        with pytest.raises(ConfigError, match=rf":2: \[fleet\] shards: {wrong} should be 0 \(no fleet\) to 9999"):
            load(file)
