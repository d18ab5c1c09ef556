"""[notify] is told of every end that a run can have, without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wire_server import WireServer, body

from archive import UsageError
from crawler.config import load, secrets, webhook
from crawler.errors import ConfigError, Locked, StorageFailed, Unsound
from crawler.run.notification import notify, told
from crawler.store.lock import MOST_REFUSALS, Lock

SECRET = "tok3n-of-the-hook"


@pytest.fixture
def hook() -> Iterator[WireServer]:
    with WireServer(lambda *_: body(b"")) as server:
        yield server


@pytest.fixture
def file(tmp_path: Path, hook: WireServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOK", hook.url(f"/{SECRET}"))
    path = tmp_path / "warcpress.toml"
    path.write_text('[notify]\nurl = "env:HOOK"\n')
    return path


def messages(hook: WireServer) -> list[dict[str, Any]]:
    return [json.loads(exchange.request.partition(b"\r\n\r\n")[2]) for exchange in hook.exchanges]


def raising(error: Exception) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (Unsound("catalogue.sqlite: not a sound database"), 4, "catalogue.sqlite: not a sound database"),
        (StorageFailed("warc: can't be written"), 4, "warc: can't be written"),
        (ConfigError("no signing key"), 2, "no signing key"),
        (UsageError("no such thing"), 2, "no such thing"),
        (OSError(28, "No space left on device"), 4, "internal error: OSError: [Errno 28] No space left on device"),
        (ValueError(f"it was {SECRET}"), 1, "internal error: ValueError: it was"),
        (StorageFailed(f"answered with Bearer {SECRET}"), 4, "answered with Bearer"),
    ],
)
def test_R10_a_failed_start_is_told_with_reason_and_code(
    file: Path, hook: WireServer, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, reason: str
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    file.write_text(file.read_text() + '[[source]]\nname = "a"\nheaders = {Authorization = "env:TOKEN"}\n')
    with pytest.raises(type(error)):
        told(file, "crawl", raising(error))
    [message] = messages(hook)
    assert (message["exit_code"], message["command"]) == (code, "crawl") and message["reason"].startswith(reason)
    assert SECRET not in json.dumps(message)


def test_a_reader_of_the_output_that_has_read_enough_is_no_problem(file: Path, hook: WireServer) -> None:
    with pytest.raises(BrokenPipeError):
        told(file, "refetch", raising(BrokenPipeError(32, "Broken pipe")))
    assert hook.exchanges == [], "the command ends with code 0"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[limits]\nxyzzy = 1\n", "unknown key 'xyzzy'"),
        ('[crawl]\ndelay = "soon"\n', "delay"),
        ('[[source]]\nname = "a"\nheaders = {Authorization = "env:NOT_SET"}\n', "the environment has no NOT_SET"),
        ("[crawl]\nca_file = 'none.pem'\n", "none.pem does not exist"),
    ],
)
def test_R10_a_wrong_configuration_is_told(file: Path, hook: WireServer, text: str, reason: str) -> None:
    file.write_text(file.read_text() + text)
    with pytest.raises(ConfigError):
        told(file, "crawl", lambda: len(secrets(load(file))))
    [message] = messages(hook)
    assert message["exit_code"] == 2 and reason in message["reason"]


@pytest.mark.parametrize(
    "content", [b"[notify\n", b"\xff", b"notify = 1", b"[notify]\nurl = 1", b'[notify]\nurl = "x"']
)
def test_a_configuration_without_a_usable_webhook_tells_nobody(file: Path, hook: WireServer, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        told(file, "crawl", lambda: len(load(file).sources))
    assert hook.exchanges == []


def test_R10_a_lock_that_is_held_too_long_is_told(file: Path, hook: WireServer, tmp_path: Path) -> None:
    def refused() -> Locked:
        with pytest.raises(Locked) as found:
            Lock(tmp_path).__enter__()
        return Lock(tmp_path).refused(found.value, 1000)

    with Lock(tmp_path):
        for _ in range(MOST_REFUSALS):
            with pytest.raises(Locked):
                told(file, "crawl", raising(refused()))
        [message] = messages(hook)
        assert message["exit_code"] == 3 and "3 starts in a row were refused" in message["reason"]
        assert "(process " in message["reason"] and ", since 20" in message["reason"]
    with Lock(tmp_path):
        assert not refused().too_long, "the count begins anew"
        assert Lock(tmp_path).refused(Locked("x"), -1).too_long, "held for longer than a run may take"


PINGS = ("start", "success", "failure")


@pytest.fixture
def pinging(tmp_path: Path, hook: WireServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose three URLs are secrets."""
    for name in PINGS:
        monkeypatch.setenv(f"{name.upper()}_URL", hook.url(f"/{name}/{SECRET}"))
    path = tmp_path / "pinging.toml"
    path.write_text("[notify]\n" + "".join(f'{name}_url = "env:{name.upper()}_URL"\n' for name in PINGS))
    return path


def pinged(hook: WireServer) -> list[str]:
    return [exchange.target.split("/")[1] for exchange in hook.exchanges]


@pytest.mark.parametrize(("code", "ending"), [(0, "success"), (6, "success"), (1, "failure"), (143, "failure")])
def test_the_urls_of_a_health_check_are_called(pinging: Path, hook: WireServer, code: int, ending: str) -> None:
    assert told(pinging, "crawl", lambda: code) == code
    assert pinged(hook) == ["start", ending]
    assert told(pinging, "refetch", lambda: code) == code and len(hook.exchanges) == 2


def test_a_start_that_fails_is_a_failure_unless_the_next_one_makes_up_for_it(pinging: Path, hook: WireServer) -> None:
    with pytest.raises(StorageFailed):
        told(pinging, "crawl", raising(StorageFailed(f"no space for {hook.url(f'/start/{SECRET}')}")))
    with pytest.raises(Locked):
        told(pinging, "crawl", raising(Locked("locked")))
    assert pinged(hook) == ["start", "failure", "start"]
    text = hook.exchanges[1].request.partition(b"\r\n\r\n")[2]
    assert text.startswith(b"no space for ") and SECRET.encode() not in text


def test_messages_and_health_checks_of_a_fleet_name_the_shard(tmp_path: Path, hook: WireServer) -> None:
    path = tmp_path / "fleet.toml"
    urls = "".join(f'{name}_url = "{hook.url(f"/{name}/")}{{shard}}"\n' for name in PINGS)
    path.write_text(f'[notify]\nurl = "{hook.url("/hook")}"\n{urls}')
    assert load(path).notify.start_url.endswith("/start/{shard}")
    with pytest.raises(StorageFailed):
        told(path, "crawl", raising(StorageFailed("no space")), "2/8")
    told(path, "crawl", lambda: 0)
    assert [exchange.target for exchange in hook.exchanges] == [
        *("/start/shard-2", "/failure/shard-2", "/hook"),
        *("/start/all", "/success/all"),
    ]
    bodies = [exchange.request.partition(b"\r\n\r\n")[2].decode() for exchange in hook.exchanges]
    assert bodies[1] == "shard 2/8: no space"
    assert json.loads(bodies[2])["shard"] == "2/8"
    assert bodies[4] == "exit code 0; `warcpress runs` has more"


def test_a_health_check_that_refuses_is_reported_without_its_url(
    pinging: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with WireServer(lambda *_: body(b"", b"HTTP/1.1 404 Not Found\r\n")) as server:
        monkeypatch.setenv("SUCCESS_URL", server.url(f"/{SECRET}"))
        assert told(pinging, "crawl", lambda: 0) == 0
    said = capsys.readouterr().err
    assert said == "success_url not reached: HTTP status 404; the run file or the log has the same content\n"


def test_a_webhook_hears_of_a_source_when_its_state_is_news_and_only_of_those_not_well(
    file: Path, hook: WireServer
) -> None:
    settings = webhook(file)[0]
    unwell = {"state": "silent", "since": "2026-03-01T00:00:00.000000Z", "reason": "why", "advice": "what", "lists": {}}
    content = {"exit_code": 6, "news": [], "sources": {"herald": unwell, "tribune": {"state": "healthy"}}}
    notify(settings, content)
    assert messages(hook) == []
    notify(settings, {**content, "news": ["herald"]})
    notify(settings, {**content, "exit_code": 0, "news": ["tribune"], "sources": {}})
    first, second = messages(hook)
    assert first["sources"] == {"herald": {key: unwell[key] for key in ("state", "since", "reason", "advice")}}
    assert (second["exit_code"], second["news"]) == (0, ["tribune"])
