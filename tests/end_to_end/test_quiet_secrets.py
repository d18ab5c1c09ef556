"""C1, C2, C3 over a whole run: every kind of configured secret, and servers that try to get or to spread it."""

from __future__ import annotations

import os
from pathlib import Path

from pages import article, feed
from stored import records
from wire_server import Answer, Exchanged, WireServer, body

TEXT = ["The museum opens its new wing in May, with four hundred paintings that were never shown before. " * 3] * 3
SECRETS = {
    "COOKIE": "session=canary-cookie-1f2e; theme=dark",
    "KEY": "canary-key/5a+7b",
    "TOKEN": "Bearer canary-token-9c8d",
    "HOOK": "http://hook.test/canary-hook-3e4f",
    "PROXY": "http://canary-user:canary-pass%2F77@127.0.0.1:{port}",
}
CANARIES = [b"canary-cookie", b"canary-key", b"canary-token", b"canary-hook", b"canary-user", b"canary-pass"]
PICTURES = ("http://cdn.test/1.png", "/2.png", "//site.test:8080/3.png")
HEADERS = '{ Cookie = "env:COOKIE", X-Api-Key = "env:KEY", Authorization = "env:TOKEN" }'


def told(request: bytes, name: str) -> str:
    found = [line for line in request.split(b"\r\n") if line.lower().startswith(name.lower().encode() + b":")]
    return found[0].partition(b":")[2].strip().decode() if found else ""


def answer(target: str, request: bytes) -> Answer:
    """Answer as site.test, which may get the secrets, and as hosts that try to; all repeat what they received."""
    host, path = told(request, "Host"), target.removeprefix(f"http://{told(request, 'Host')}")
    heard, key = told(request, "Cookie"), told(request, "X-Api-Key")

    def to(url: str) -> Answer:
        return body(b"", b"HTTP/1.1 302 F\r\nSet-Cookie: mine=%s\r\nLocation: %s\r\n" % (key.encode(), url.encode()))

    pages = {
        "/feed": lambda: feed(
            "http://site.test/a/good", "http://site.test/a/echo", "http://site.test/out", "http://site.test/spread",
            f"http://site.test/a/inlink?k={key}", "http://other.test/a/there", "http://other.test/back",
            "http://site.test:8080/a/port", "https://site.test/a/tls",
        ),
        "/a/good": lambda: article("A new wing", TEXT, images=PICTURES),
        "/a/echo": lambda: article("An echo", [*TEXT, f"You sent {heard} and {key}."]),
        "/a/there": lambda: article("Elsewhere", TEXT, images=("http://site.test/4.png",)),
        "/a/port": lambda: article("Another port", TEXT),
        "/a/tls": lambda: article("Another scheme", TEXT),
    }  # fmt: skip
    if path == "/out":
        return to("http://other.test/landed")
    if path == "/spread":
        return to(f"http://other.test/landed?key={key}")
    if path == "/back":
        return to("http://site.test/a/good")
    if path == "/robots.txt" and host == "cdn.test":
        return to("http://other.test/robots.txt")
    known = pages.get(path.partition("?")[0])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: tracking=1; Domain=test\r\n"
    return body(known().encode(), head) if known else body(b"no", b"HTTP/1.1 404 N\r\n")


def carriers(exchanges: list[Exchanged]) -> set[tuple[str, str]]:
    """Return host and canary of every request that contains a canary."""
    return {(told(e.request, "Host"), c.decode()) for e in exchanges for c in CANARIES if c in e.request}


def leaks(folder: Path) -> list[str]:
    """List where canaries are in the data folder, except in the bytes of responses, which the servers chose."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".gz":
            found += [f"{path.name}: {canary!r}" for canary in CANARIES if canary in path.read_bytes()]
    for record in records(folder):
        stored = repr(record.fields).encode() + (b"" if record.type == "response" else record.block)
        found += [f"{record.type} {record.url}: {canary!r}" for canary in CANARIES if canary in stored]
    return found


def environment(**values: str) -> dict[str, str]:
    return {**os.environ, **values}


def test_C1_C2_C3_no_secret_leaves_its_origin_or_shows_anywhere(place, authority) -> None:
    with WireServer(answer) as plain, WireServer(answer, authority.context("site.test")) as secure:
        place.port, place.tls_port, place.ca_file = plain.port, secure.port, str(authority.ca_file)
        source = f'[[source]]\nname = "site"\nfeeds = ["http://site.test/feed"]\nheaders = {HEADERS}\n'
        place.configure(f'[notify]\nurl = "env:HOOK"\non = "always"\n{source}', crawl="allow_ports = [80, 443, 8080]\n")
        config = (place.folder / "warcpress.toml").read_text("utf-8")
        config = config.replace('"*:80" =', f'"*:8080" = "127.0.0.1:{plain.port}", "*:80" =')
        (place.folder / "warcpress.toml").write_text(config, "utf-8")
        hook = f"http://127.0.0.1:{plain.port}/canary-hook-3e4f"
        done = [place.run("crawl", env=environment(**SECRETS | {"HOOK": hook})) for _ in range(2)]
        done.append(place.run("audit", code=None))
        exchanges = plain.exchanges
        asked = {f"{told(e.request, 'Host')}{e.target}" for e in exchanges}
        assert secure.exchanges and carriers(secure.exchanges) == set()
    assert {"other.test/landed", "cdn.test/1.png", "site.test:8080/a/port", "site.test/2.png"} <= asked
    fetched = [e for e in exchanges if not e.request.startswith(b"POST ")]
    assert {host for host, _ in carriers(fetched)} == {"site.test"}
    assert {canary for _, canary in carriers(fetched)} == {"canary-cookie", "canary-key", "canary-token"}
    # No cookie goes to another host, and no Referer is sent.
    assert not [e for e in fetched if b"tracking=1" in e.request or b"mine=" in e.request or b"eferer" in e.request]
    assert len(fetched) < len(exchanges), "the webhook was told"
    assert leaks(place.data) == []
    said = "".join(command.out + command.err for command in done)
    assert not [canary for canary in CANARIES if canary.decode() in said]
    classes = {row["url"]: row["class"] for row in place.last_run()["failures"]["first"]}
    posts = place.posts()
    assert any("good" in path for path in posts) and not any("echo" in path for path in posts)
    assert not any("landed?key" in url for url in asked), "the key would have been in another server's log"
    assert classes == {} or set(classes.values()) <= {"secret", "http-404"}


def test_C3_a_proxys_password_shows_nowhere(place) -> None:
    with WireServer(answer) as proxy:
        where = SECRETS["PROXY"].format(port=proxy.port)
        names = ("site.test", "other.test", "cdn.test")
        place.configure(
            '[[source]]\nname = "site"\nfeeds = ["http://site.test/feed"]\n',
            crawl='proxy = "env:PROXY"\nproxy_guards = true\n',
        )
        config = (place.folder / "warcpress.toml").read_text("utf-8")
        lines = [
            f"resolve = {{ {', '.join(f'{name!r} = {chr(34)}8.8.8.8{chr(34)}' for name in names)} }}"
            if line.startswith("resolve")
            else line
            for line in config.splitlines()
        ]
        (place.folder / "warcpress.toml").write_text("\n".join(lines), "utf-8")
        done = place.run("crawl", code=None, env=environment(PROXY=where))
        assert len(proxy.exchanges) > 3
        assert all(b"\r\nProxy-Authorization: Basic " in e.request for e in proxy.exchanges)
    assert place.posts()
    CANARIES.append(told(proxy.exchanges[0].request, "Proxy-Authorization").encode())
    assert leaks(place.data) == []
    assert not [canary for canary in CANARIES if canary.decode() in done.out + done.err]


def test_C3_a_secret_in_a_url_of_the_configuration_is_sent_and_cut_from_what_is_stored(place) -> None:
    with WireServer(answer) as plain:
        place.port = plain.port
        feeds = f'feeds = ["http://site.test/feed?token={SECRETS["KEY"]}"]'
        place.configure(f'[[source]]\nname = "site"\n{feeds}\nheaders = {HEADERS}\n')
        done = place.run("crawl", env=environment(**SECRETS))
        assert f"/feed?token={SECRETS['KEY']}" in {e.target for e in plain.exchanges}
    assert "http://site.test/feed?token=[redacted]" in {record.url for record in records(place.data)}
    assert [leak for leak in leaks(place.data) if not leak.startswith("frontier.sqlite")] == []
    assert not [canary for canary in CANARIES if canary.decode() in done.err + done.out]
