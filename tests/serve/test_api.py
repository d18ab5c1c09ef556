"""The JSON interface: its answers are as it describes them, and are those of the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from holding import BRIDGE, DAM, NOON, SHORT, Holding
from jsonschema import Draft202012Validator
from serving import Answer, Served, serving

from crawler.cli import main

MANY = 120
DESCRIPTION = json.loads((Path(__file__).parents[2] / "crawler/serve/openapi.json").read_text("utf-8"))
PATHS = sorted(DESCRIPTION["paths"])
NEEDED = {
    "/api/post": {"url": BRIDGE},
    "/api/versions": {"url": BRIDGE},
    "/api/captures": {"url": BRIDGE},
    "/api/search": {"q": "council"},
}


def parameters(path: str) -> dict[str, Any]:
    return {one["name"]: one for one in DESCRIPTION["paths"][path]["get"]["parameters"]}


def check(path: str, answer: Answer) -> Any:
    """The content of an answer, which must be as it is described for its path and status."""
    described = DESCRIPTION["paths"][path]["get"]["responses"][str(answer.status)]
    if "$ref" in described:
        described = DESCRIPTION["components"]["responses"][described["$ref"].rpartition("/")[2]]
    [(media_type, form)] = described["content"].items()
    assert answer.headers["content-type"] == media_type
    found = json.loads(answer.body)
    schema = {**form["schema"], "components": DESCRIPTION["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
    return found


def ask(running: Served, path: str, **asked: Any) -> Any:
    answer = running.get(f"{path}?{urlencode(NEEDED.get(path, {}) | asked)}")
    assert answer.status == 200, answer.text
    return check(path, answer)


def refused(running: Served, path: str, expected: int = 400, **asked: Any) -> str:
    answer = running.get(f"{path}?{urlencode(NEEDED.get(path, {}) | asked, doseq=True)}")
    assert answer.status == expected
    return str(check(path, answer)["detail"])


def printed(archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints with --json."""
    monkeypatch.chdir(archive)
    assert main([*words, "--json", "-"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_description_is_served_and_sound(served: Served) -> None:
    assert json.loads(served.get("/api/openapi.json").body) == DESCRIPTION
    assert DESCRIPTION["openapi"].startswith("3.1.")
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", PATHS)
def test_each_answer_is_as_described(served: Served, path: str) -> None:
    assert ask(served, path)["v"] == 1


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path in PATHS for name in parameters(path) if name not in ("cursor", "version")]
)
def test_each_parameter_is_read(served: Served, path: str, name: str) -> None:
    schema = parameters(path)[name]["schema"]
    example = {"limit": "1", "since": "2026-03-06", "q": "council", "until": "2027-01-01T00:00:00Z", "url": BRIDGE}.get(
        name
    )
    ask(served, path, **{name: example or (schema.get("enum") or ["true"])[0]})
    if schema["type"] != "string" or schema.get("format") or schema.get("enum"):
        wrong: dict[str, Any] = {name: "\x01"}
        assert name in refused(served, path, **wrong)
    twice: dict[str, Any] = {name: ["a", "b"]}
    assert f"{name}: given twice" in refused(served, path, **twice)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_parameter_is_refused(served: Served, path: str) -> None:
    assert "'page': not known here" in refused(served, path, page="2")


def test_posts_are_those_of_list(served: Served, archive: Path, monkeypatch, capsys) -> None:
    posts = ask(served, "/api/posts")["posts"]
    assert posts == printed(archive, monkeypatch, capsys, "list") and len(posts) == 2
    assert [one["url"] for one in ask(served, "/api/posts", state="withdrawn")["posts"]] == [DAM]
    assert [one["url"] for one in ask(served, "/api/posts", changed="true")["posts"]] == [BRIDGE]
    assert ask(served, "/api/posts", title="DAM")["posts"][0]["url"] == DAM
    assert ask(served, "/api/posts", until="2020-01-01") == {"v": 1, "posts": [], "next": None}


def test_hits_are_those_of_search(served: Served, archive: Path, monkeypatch, capsys) -> None:
    for words in ("council", "council NOT million", "bridge source:herald", "unheard"):
        found = ask(served, "/api/search", q=words)
        assert found["posts"] == printed(archive, monkeypatch, capsys, "search", words) and found["unsearched"] == 0
    page = ask(served, "/api/search", limit=1)
    rest = check("/api/search", served.get(page["next"]))
    assert {one["url"] for one in page["posts"] + rest["posts"]} == {DAM, BRIDGE} and rest["next"] is None
    assert "not closed" in refused(served, "/api/search", q='"council')
    assert "cursor" in refused(served, "/api/search", cursor="nothing")


def test_versions_are_those_of_history(served: Served, archive: Path, monkeypatch, capsys) -> None:
    for url in (BRIDGE, DAM):
        events = ask(served, "/api/versions", url=url)["events"]
        assert events == printed(archive, monkeypatch, capsys, "history", url) and len(events) == 2
    assert ask(served, "/api/versions", url="herald/2026/03/05-bridge.md") == ask(served, "/api/versions", url=BRIDGE)
    page = ask(served, "/api/versions", limit=1)
    rest = json.loads(served.get(page["next"]).body)
    assert [one["version"] for one in page["events"] + rest["events"]] == [1, 2] and rest["next"] is None


def test_a_post_with_its_text(served: Served, archive: Path) -> None:
    newest = ask(served, "/api/post")
    assert newest["text"] == (archive / "data/posts" / newest["post"]).read_text("utf-8")
    assert newest["version"] == 2 and "four million" not in ask(served, "/api/post", version=1)["text"]
    assert ask(served, "/api/post", url=newest["post"]) == newest
    assert "has no version 7" in refused(served, "/api/post", 404, version=7)
    assert "not in the archive" in refused(served, "/api/post", 404, url="https://nowhere.example/")


def test_captures_are_those_of_the_index(served: Served) -> None:
    found = ask(served, "/api/captures", url="herald.test", match="host")["captures"]
    assert [one["status"] for one in found if one["url"] == DAM] == ["200", "404"]
    assert all(one["filename"].endswith(".warc.gz") for one in found)
    assert all(one["id"].startswith("<urn:uuid:") for one in found)
    later = ask(served, "/api/captures", since=(NOON + timedelta(hours=1)).isoformat())["captures"]
    assert [one["url"] for one in later] == [BRIDGE]
    first = ask(served, "/api/captures", url="herald.test", match="host", limit=2)
    assert first["captures"] + json.loads(served.get(first["next"]).body)["captures"] == found[:4]
    assert "no host" in refused(served, "/api/captures", url="/", match="host")


def test_sources_are_those_of_status(served: Served, archive: Path, monkeypatch, capsys) -> None:
    [found] = ask(served, "/api/sources")["sources"]
    [stated, _] = printed(archive, monkeypatch, capsys, "status")
    assert found | {"due": ""} == stated | {"due": ""}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("api")
    (folder / "warcpress.toml").touch()
    Holding(folder / "data").run({f"http://herald.test/a/{number}.html": SHORT for number in range(MANY)})
    with serving(folder) as running:
        yield running


def test_a_list_comes_in_pages(many: Served) -> None:
    found, path = [], "/api/posts"
    while path:
        page = check("/api/posts", many.get(path))
        found += [post["url"] for post in page["posts"]]
        path = page["next"]
    assert len(found) == MANY == len(set(found))
    assert len(ask(many, "/api/posts", limit=500)["posts"]) == MANY


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/api/posts", {"limit": "501"}, "from 1 to 500"),
        ("/api/posts", {"limit": "-1"}, "from 1 to 500"),
        ("/api/posts", {"limit": "1" * 5000}, "from 1 to 500"),
        ("/api/posts", {"limit": "٣"}, "from 1 to 500"),
        ("/api/posts", {"since": "yesterday"}, "2026-11-22"),
        ("/api/posts", {"since": "2026-01-01T00:00:00"}, "time zone"),
        ("/api/posts", {"cursor": "nothing"}, "cursor"),
        ("/api/posts", {"title": "x" * 501}, "at most 500 characters"),
        ("/api/posts", {"source": "\0"}, "source"),
        ("/api/versions", {"cursor": "-1"}, "cursor"),
        ("/api/versions", {"cursor": "1" * 5000}, "cursor"),
        ("/api/captures", {"cursor": "-1"}, "cursor"),
        ("/api/captures", {"url": ""}, "not empty"),
        ("/api/captures", {"match": "regex"}, "exact or prefix"),
    ],
)
def test_what_makes_no_sense_is_refused(many: Served, path: str, asked: dict[str, Any], said: str) -> None:
    assert said in refused(many, path, **asked)


def test_a_url_is_needed(many: Served) -> None:
    answer = many.get("/api/post")
    assert answer.status == 400 and "url: missing" in check("/api/post", answer)["detail"]


@pytest.mark.parametrize("path", ["/api/posts", "/feeds/posts.atom", "/cdx?url=a", f"/timegate/{quote(BRIDGE)}"])
def test_no_page_of_another_origin_may_read_an_answer(served: Served, path: str) -> None:
    answer = served.get(path, Origin="https://elsewhere.example")
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/api/posts", "/api/nothing", "/feeds/posts.atom", "/cdx", "/web/x"])
def test_nothing_can_be_sent(served: Served, path: str) -> None:
    answer = served.get(path, "POST")
    assert answer.status == (404 if path == "/api/nothing" else 405)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_missing_catalogue_is_told(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    Holding(tmp_path / "data")
    with serving(tmp_path) as running:
        assert "warcpress rebuild" in refused(running, "/api/posts", 404)
        assert ask(running, "/api/captures")["captures"] == []


def test_a_damaged_catalogue_is_told(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    Holding(tmp_path / "data").layout.catalogue.write_bytes(b"no database" * 1000)
    with serving(tmp_path) as running:
        assert "not a sound database" in refused(running, "/api/posts", 404)


def test_a_missing_index_of_words_is_told(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: SHORT})
    made.layout.search.unlink(missing_ok=True)
    with serving(tmp_path) as running:
        assert "`warcpress search WORDS`" in refused(running, "/api/search", 404)
        assert not made.layout.search.exists()
