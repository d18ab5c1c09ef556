"""Turns by the clock: shards that know nothing of each other keep the delay of a host that none of them owns."""

from __future__ import annotations

from itertools import pairwise

import pytest
from scrapy.settings import Settings

from crawler.config import Config, Crawl, Shard
from crawler.fetching.turns import Turns
from crawler.fleet.shards import of_shard
from crawler.items import Source
from crawler.settings import configured

NOON = 1_795_953_600.0


def turns(number: int, of: int, delay: float = 1.0, own: frozenset[str] = frozenset()) -> Turns:
    return Turns(number, of, delay, own)


def asked(shards: list[Turns], until: float, *, late: float = 0.0, clocks: tuple[float, ...] = ()) -> list[float]:
    """Instants at which shards ask one host, each as often as it may; `clocks`: seconds that each clock is ahead."""
    found = []
    for shard, ahead in zip(shards, clocks or (0.0,) * len(shards), strict=True):
        now = NOON
        while now < NOON + until:
            wait = shard.wait(now + ahead)
            if wait > 0:
                now += wait + late + 1e-6  # a float of this size has no smaller step
                continue
            found.append(now)
            now += shard.delay
    return sorted(found)


@pytest.mark.parametrize("delay", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("of", [2, 3, 8])
def test_shards_together_keep_the_delay_and_each_has_its_turn(of: int, delay: float) -> None:
    times = asked([turns(number, of, delay) for number in range(1, of + 1)], 30 * of * delay)
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.25 * delay
    assert len(times) == pytest.approx(20 * of, abs=of)


@pytest.mark.parametrize("late", [0.1, 0.24])
def test_a_busy_program_and_clocks_that_differ_do_not_break_it(late: float) -> None:
    shards = [turns(number, 3) for number in (1, 2, 3)]
    times = asked(shards, 300, late=late, clocks=(0.0, 0.1, -0.14))
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.999
    assert len(times) > 190


def test_who_is_too_late_waits_for_the_next_round() -> None:
    second = turns(2, 4, 2.0)
    begin = NOON + second.wait(NOON)
    assert second.wait(begin) == 0 and second.wait(begin + 0.49) == 0
    assert second.wait(begin + 0.51) == pytest.approx(4 * 3.0 - 0.51)
    assert turns(3, 4, 2.0).wait(begin) == pytest.approx(3.0)


def test_a_crawl_delay_is_kept_by_all_shards_together() -> None:
    """Each of eight shards would keep it for itself: eight requests in ten seconds."""
    slow, fast = turns(2, 3, 10.0), turns(2, 3, 1.0)
    for second in range(100):
        assert fast.wait(NOON + second, crawl_delay=10.0) == slow.wait(NOON + second)
        assert slow.wait(NOON + second, crawl_delay=1.0) == slow.wait(NOON + second)


def test_only_hosts_of_other_domains_are_asked_in_turns() -> None:
    shard = turns(1, 2, own=frozenset({"herald.co.uk"}))
    assert not shard.binds("https://pictures.herald.co.uk/a.jpg")
    assert shard.binds("https://herald.co.uk.pictures.net/a.jpg")
    assert shard.binds("https://192.0.2.1:8443/a.jpg")


def settings(config: Config, number: int, of: int) -> Turns | None:
    made = Settings()
    made.setdict(configured(of_shard(config, Shard(number, of))))
    return Turns.of_settings(made)


def test_all_shards_count_with_one_delay() -> None:
    """That of [crawl], or the shortest of all sources if that is longer."""

    def delay(crawl: float, *sources: float | None) -> set[float]:
        found = [Source(name=f"s{n}", urls=(f"https://s{n}.example/",), delay=own) for n, own in enumerate(sources)]
        both = [settings(Config(crawl=Crawl(delay=crawl), sources=tuple(found)), number, 2) for number in (1, 2)]
        return {turns.delay if turns else 0.0 for turns in both}

    assert delay(1.0, None, 5.0) == {1.0}
    assert delay(1.0, 0.2, 5.0) == {1.0}
    assert delay(1.0, 3.0, 5.0) == {3.0}
    assert delay(0.0, None, 5.0) == {0.0}, "who wants no delay takes no turns"


def test_without_other_shards_there_are_no_turns() -> None:
    assert settings(Config(), 1, 1) is None
    made = Settings()
    made.setdict(configured(Config()))
    assert Turns.of_settings(made) is None
