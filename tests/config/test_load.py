"""Loading warcpress.toml: values, defaults, and one line for each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import Config, load, secrets
from crawler.errors import ConfigError
from crawler.items import Listing, Section, Selectors, Source


def config(folder: Path, text: str, **options: object) -> Config:
    file = folder / "warcpress.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, **options)  # type: ignore[arg-type]


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    read = config(tmp_path, "")
    assert read.crawl.data == tmp_path / "data"
    assert (read.crawl.delay, read.crawl.concurrency, read.crawl.obey_robots) == (1.0, 1, True)
    assert read.crawl.allow_ports == (80, 443)
    assert read.limits.wire_bytes == 16 * 2**20
    assert read.sources == ()


def test_every_kind_of_entry_point_is_read(tmp_path: Path) -> None:
    read = config(
        tmp_path,
        """
        [[source]]
        name = "example"
        every = "6h"
        timezone = "Asia/Shanghai"
        categories = ["a", "b"]
        feeds = ["https://example.org/feed"]
        sitemaps = ["https://example.org/sitemap.xml.gz"]
        sections = [
          { url = "https://example.org/politics", links = "h4 a", section = "政治", next = "a.next", max_pages = 3 },
          { url = "https://example.org/world", links = "re:/world/\\\\d+", next = "https://example.org/world/{page}" },
        ]
        urls = ["https://example.org/one"]
        allow = ["/\\\\d{4}/"]
        delay = "500s"
        verify_tls = false

        [[source.listings]]
        url = "https://example.org/api"
        items = "data.list"
        """,
    )
    assert read.sources == (
        Source(
            name="example",
            every=21600.0,
            timezone="Asia/Shanghai",
            categories=("a", "b"),
            feeds=("https://example.org/feed",),
            sitemaps=("https://example.org/sitemap.xml.gz",),
            sections=(
                Section("https://example.org/politics", "h4 a", "政治", "a.next", 3),
                Section("https://example.org/world", r"re:/world/\d+", "", "https://example.org/world/{page}", 1),
            ),
            listings=(Listing("https://example.org/api", "data.list"),),
            urls=("https://example.org/one",),
            allow=(r"/\d{4}/",),
            delay=500.0,
            verify_tls=False,
        ),
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("1.5", 1.5), ('"30m"', 1800.0), ('"1.5h"', 5400.0), ('"1 d"', 86400.0), ('"2w"', 1209600.0)],
)
def test_durations_are_seconds_or_text_with_a_unit(tmp_path: Path, text: str, seconds: float) -> None:
    assert config(tmp_path, f'[[source]]\nname = "a"\nevery = {text}\n').sources[0].every == seconds


def test_paths_are_relative_to_the_file_and_the_option_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "conf" / "ca.pem").write_text("")
    monkeypatch.chdir(tmp_path / "here")
    text = '[crawl]\ndata = "../kept"\nca_file = "ca.pem"\n'
    read = config(tmp_path / "conf", text)
    assert read.crawl.data.resolve() == tmp_path / "kept"
    assert read.crawl.ca_file == tmp_path / "conf" / "ca.pem"
    assert config(tmp_path / "conf", text, data_override=Path("mine")).crawl.data == tmp_path / "here" / "mine"


def test_an_empty_ca_file_is_none(tmp_path: Path) -> None:
    assert config(tmp_path, '[crawl]\nca_file = ""\n').crawl.ca_file is None


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert config(tmp_path, "\ufeff[crawl]\ndelay = 3\n").crawl.delay == 3.0


def test_a_missing_file_is_an_error_unless_it_is_not_required(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: does not exist; `warcpress init` writes one"):
        load(tmp_path / "absent.toml")
    assert load(tmp_path / "absent.toml", required=False).crawl.data == tmp_path / "data"


def test_headers_come_from_the_environment(tmp_path: Path) -> None:
    text = '[[source]]\nname = "a"\nheaders = { Cookie = "env:SITE_COOKIE", Accept-Language = "zh" }\n'
    read = config(tmp_path, text, environ={"SITE_COOKIE": "session=0123456789"})
    assert read.sources[0].headers == {"Cookie": "session=0123456789", "Accept-Language": "zh"}
    assert read.secret_values == ("session=0123456789",)


@pytest.mark.parametrize("value", ["", "en", "a=b\r\nHost: evil"])
def test_only_a_run_needs_the_values_of_the_environment(tmp_path: Path, value: str) -> None:
    text = '[crawl]\nproxy = "env:A"\n[notify]\nurl = "env:A"\n[[source]]\nname = "a"\nheaders = { Cookie = "env:A" }\n'
    read = config(tmp_path, text, environ={"A": value})
    assert read.sources[0].name == "a"
    with pytest.raises(ConfigError, match=r"warcpress\.toml:\d: "):
        secrets(read)


SOURCE = '[[source]]\nname = "a"\n'

WRONG = {
    "a selector of articles": (
        SOURCE + '[source.article]\ntitle = "h1"\nbody = ["div.a", "div["]',
        "5: [[source]] a: article body 2: 'div[' is not a CSS selector: Expected ident or '*', got <EOF at 4>",
    ),
    "a selector of Scrapy": (
        SOURCE + 'article = { title = "h1::text" }',
        "3: [[source]] a: article title 1: 'h1::text' is not a CSS selector: Pseudo-elements are not supported.",
    ),
    "a selector with a namespace, which HTML does not have": (
        SOURCE + 'article = { remove = "svg|rect" }',
        "3: [[source]] a: article remove 1: 'svg|rect' is not a CSS selector: Undefined namespace prefix",
    ),
    "an empty selector": (
        SOURCE + 'article = { next = "" }',
        "3: [[source]] a: article next 1: '' is not a CSS selector: Expected selector, got <EOF at 0>",
    ),
    "unknown key of an article": (
        SOURCE + 'article = { titel = "h1" }',
        "3: [[source]] a: article titel: unknown key 'titel'; did you mean 'title'?",
    ),
    "an article as a text": (
        SOURCE + 'article = "h1"',
        "3: [[source]] a: article: should be a table: [source.article]",
    ),
    "unknown key": ("[crawl]\n\ndlay = 1", "3: [crawl] dlay: unknown key 'dlay'; did you mean 'delay'?"),
    "unknown table": ("\n[crawling]\n", "2: unknown key 'crawling'; did you mean 'crawl'?"),
    "unknown key, nothing near": (
        "[notify]\nxyzzy = 1",
        "2: [notify] xyzzy: unknown key 'xyzzy'; known: url, on",
    ),
    "unknown key in a section": (
        SOURCE
        + 'sections = [\n  { url = "https://a.org/", links = "a" },\n  { url = "https://a.org/", link = "a" },\n]',
        "5: [[source]] a: sections 2 link: unknown key 'link'; did you mean 'links'?",
    ),
    "sources for source": ('[[sources]]\nname = "a"', "1: unknown key 'sources'; write [[source]]"),
    "one bracket": ('[source]\nname = "a"', "1: should be an array of tables: [[source]], with two brackets"),
    "value for a table": ("crawl = 3", "1: should be a table: [crawl]"),
    "no name": ('[[source]]\nsite = "x"', "1: [[source]] 1: has no name; give it one, e.g. name = 'example'"),
    "bad name": (
        '[[source]]\nname = "../a"',
        "2: [[source]] ../a: name: '../a' should be 1 to 60 letters (A–Z), digits, '-' and '_': "
        "it is also the folder of its posts",
    ),
    "same name": (SOURCE + '[[source]]\nname = "A"', "4: [[source]] A: name: 'A' is already the name of [[source]] 1"),
    "no such profile": (SOURCE + 'use = "nowhere"', "3: [[source]] a: use: no shipped profile 'nowhere'; "),
    "number for text": (SOURCE + "site = 3", "3: [[source]] a: site: should be text in quotes, not a whole number"),
    "number for a flag": (
        "[crawl]\nobey_robots = 1",
        "2: [crawl] obey_robots: should be true or false, not a whole number",
    ),
    "flag for a number": ("[crawl]\ndelay = true", "2: [crawl] delay: should be a number, not true or false"),
    "fraction for a whole number": (
        "[limits]\nredirects = 1.5",
        "2: [limits] redirects: should be a whole number, not a number with a fraction",
    ),
    "text for an array": (
        SOURCE + 'feeds = "https://a.org/"',
        "3: [[source]] a: feeds: should be an array: [ … ], not text",
    ),
    "text for an array of tables": (
        SOURCE + 'sections = "https://a.org/"',
        "3: [[source]] a: sections: should be an array of tables: sections = [{ … }]",
    ),
    "text in an array of tables": (
        SOURCE + 'sections = ["https://a.org/"]',
        "3: [[source]] a: sections 1: should be a table: { url = '…', … }",
    ),
    "key missing": (
        SOURCE + 'sections = [{ url = "https://a.org/" }]',
        "3: [[source]] a: sections 1: has no 'links'",
    ),
    "a date": ("[crawl]\ndata = 2022-03-18", "2: [crawl] data: is a date; no key takes one"),
    "a date in an array": (
        SOURCE + "feeds = [2022-03-18]",
        "3: [[source]] a: feeds 1: should be text in quotes, not a date",
    ),
    "a number for a path": ("[crawl]\ndata = 1", "2: [crawl] data: should be text in quotes, not a whole number"),
    "a number for a table": (
        "[crawl]\nresolve = 1",
        "2: [crawl] resolve: should be a table: { … }, not a whole number",
    ),
    "not among five": (
        '[posts]\nextra = ["x"]',
        "2: [posts] extra 1: 'x' should be 'source', 'warc_record_id', 'payload_digest', 'updated' or 'tags'",
    ),
    "a huge number": ("[crawl]\ndelay = 1" + "0" * 400, "2: [crawl] delay: is too large a number"),
    "no duration": (
        SOURCE + 'every = "soon"',
        "3: [[source]] a: every: 'soon' is not a duration; write seconds (90) or '30m', '6h', '1d'",
    ),
    "no wait": (
        SOURCE + 'look_again = ["6h", "soon"]',
        "3: [[source]] a: look_again 2: 'soon' is not a wait such as '6h', '1d' or '30d*'",
    ),
    "a short wait": (
        SOURCE + 'look_again = ["30m"]',
        "3: [[source]] a: look_again 1: '30m' is too short: the shortest wait is '1h'",
    ),
    "waits that fall": (
        SOURCE + 'look_again = ["1d", "24h"]',
        "3: [[source]] a: look_again 2: '24h' is not longer than '1d', the wait before it",
    ),
    "a star that is not the last": (
        SOURCE + 'look_again = ["1d*", "7d"]',
        "3: [[source]] a: look_again 1: '1d*': only the last wait can have a '*'",
    ),
    "negative": ("[crawl]\ndelay = -1", "2: [crawl] delay: -1 should be 0 or more"),
    "not finite": ("[crawl]\ndelay = nan", "2: [crawl] delay: nan should be 0 or more"),
    "zero limit": ("[limits]\nwire_bytes = 0", "2: [limits] wire_bytes: 0 should be more than 0"),
    "other choice": ('[posts]\nimages = "both"', "2: [posts] images: 'both' should be 'remote' or 'local'"),
    "unknown extra": ('[posts]\nextra = ["tags", "x"]', "2: [posts] extra 2: 'x' should be "),
    "pattern without slug": (
        '[posts]\npattern = "{date:%Y}"',
        "2: [posts] pattern: '{date:%Y}' has neither {slug} nor {title}",
    ),
    "pattern with an unknown field": (
        '[posts]\npattern = "{titel}-{slug}"',
        "2: [posts] pattern: '{titel}-{slug}': unknown {titel}; known: {source}, {date:%Y/%m/%d}, {slug}",
    ),
    "pattern upwards": ('[posts]\npattern = "../{slug}"', "2: [posts] pattern: '../{slug}' should be a path below"),
    "zone": (
        SOURCE + 'timezone = "Asia/Shangai"',
        "3: [[source]] a: timezone: 'Asia/Shangai' is not a time zone; did you mean 'Asia/Shanghai'?",
    ),
    "expression": (
        SOURCE + 'allow = [\n  "fine",\n  "(",\n]',
        "5: [[source]] a: allow 2: '(' is not a regular expression: missing ), unterminated subpattern at position 0",
    ),
    "expression of links": (
        SOURCE + 'sections = [{ url = "https://a.org/", links = "re:[" }]',
        "3: [[source]] a: sections 1 links: '[' is not a regular expression: ",
    ),
    "selector": (
        SOURCE + 'sections = [{ url = "https://a.org/", links = "a[[" }]',
        "3: [[source]] a: sections 1 links: 'a[[' is not a CSS selector: ",
    ),
    "selector of the next page": (
        SOURCE + 'sections = [{ url = "https://a.org/", links = "a", next = "a:::b" }]',
        "3: [[source]] a: sections 1 next: 'a:::b' is not a CSS selector: ",
    ),
    "scheme": (
        SOURCE + 'feeds = ["https://a.org/",\n"file:///etc/passwd"]',
        "4: [[source]] a: feeds 2: 'file:///etc/passwd' is not a URL that starts with http://",
    ),
    "no host": (SOURCE + 'urls = ["https:///x"]', "3: [[source]] a: urls 1: 'https:///x' is not a URL that starts"),
    "bad port": (
        SOURCE + 'urls = ["https://a.org:99999/"]',
        "3: [[source]] a: urls 1: 'https://a.org:99999/' is not a URL: ",
    ),
    "space in a URL": (
        SOURCE + 'urls = ["https://a.org/ b"]',
        "3: [[source]] a: urls 1: 'https://a.org/ b' has spaces or control characters in it",
    ),
    "password in a URL": (
        SOURCE + 'urls = ["https://me:hunter2@a.org/"]',
        "3: [[source]] a: urls 1: the URL has a user name or password in it; put them into headers, "
        "as Authorization = 'env:NAME'",
    ),
    "secret in the file": (
        SOURCE + 'headers = { X-Api-Key = "hunter2" }',
        "3: [[source]] a: headers X-Api-Key: a secret does not belong in this file; "
        "write X-Api-Key = 'env:NAME' and set NAME",
    ),
    "secret not set": (
        SOURCE + 'headers = { Cookie = "env:NOT_SET" }',
        "3: [[source]] a: headers Cookie: the environment has no NOT_SET; set it before warcpress starts",
    ),
    "secret too short": (
        SOURCE + 'headers = { Cookie = "env:SHORT" }',
        "3: [[source]] a: headers Cookie: SHORT has fewer than 6 characters: too short for a secret",
    ),
    "line feed in a header": (
        SOURCE + 'headers = { Cookie = "env:FORGED" }',
        "3: [[source]] a: headers Cookie: its value should be printable ASCII without spaces around it",
    ),
    "header of our own": (SOURCE + 'headers = { Host = "b.org" }', "3: [[source]] a: headers Host: Host is set by"),
    "header name": (SOURCE + 'headers = { "A B" = "c" }', "3: [[source]] a: headers A B: 'A B' is not a header name"),
    "network": (
        '[crawl]\nallow_private = ["127.0.0.1/8"]',
        "2: [crawl] allow_private 1: '127.0.0.1/8' is not a network such as '127.0.0.0/8': 127.0.0.1/8 has host",
    ),
    "port": ("[crawl]\nallow_ports = [80, 70000]", "2: [crawl] allow_ports 2: 70000 is not a port (1–65535)"),
    "resolve to a name": (
        '[crawl]\nresolve = { "a.org" = "b.org" }',
        "2: [crawl] resolve a.org: 'b.org' should be IP or IP:PORT, an IPv6 address in brackets",
    ),
    "resolve a URL": (
        '[crawl.resolve]\n"https://a.org" = "127.0.0.1"',
        "2: [crawl] resolve https://a.org: 'https://a.org' should be HOST or HOST:PORT (* = any host)",
    ),
    "agent": ('[crawl]\nuser_agent = ""', "2: [crawl] user_agent: '' should be printable ASCII that says who asks"),
    "proxy": ('[crawl]\nproxy = "socks5://x"', "2: [crawl] proxy: should look like 'http://HOST:PORT'"),
    "certificates": ('[crawl]\nca_file = "ca.pem"', "2: [crawl] ca_file: "),
    "syntax": ("[crawl]\ndelay = = 1", "2: not TOML: Invalid value (column 9)"),
    "syntax at the end": ('[crawl]\ndata = """x', "2: not TOML: Unterminated string (at the end of the file)"),
    "key twice": ("[crawl]\ndelay = 1\ndelay = 2", "3: not TOML: Cannot overwrite a value"),
}


def test_selectors_of_articles_are_texts_or_arrays_in_either_form_of_a_table(tmp_path: Path) -> None:
    inline = config(tmp_path, '[[source]]\nname = "a"\narticle = { title = "h1, h2", remove = [".a", ".b"] }\n')
    apart = config(tmp_path, '[[source]]\nname = "a"\n[source.article]\ntitle = ["h1, h2"]\nremove = [".a", ".b"]\n')
    assert inline.sources[0].article == Selectors(title=("h1, h2",), remove=(".a", ".b"))
    assert apart == inline


@pytest.mark.parametrize("case", WRONG)
def test_one_clear_line_names_file_line_and_key(tmp_path: Path, case: str) -> None:
    text, expected = WRONG[case]
    environ = {"SHORT": "en", "FORGED": "a=b\r\nHost: evil"}
    with pytest.raises(ConfigError) as raised:
        secrets(config(tmp_path, text, environ=environ))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'warcpress.toml'}:{expected}")
    assert "\n" not in message
    assert "hunter2" not in message
    assert "evil" not in message


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").write_bytes('[[source]]\nsite = "观察者网"\n'.encode("gb18030"))
    with pytest.raises(ConfigError, match=r"warcpress\.toml:2: not UTF-8; save the file as UTF-8"):
        load(tmp_path / "warcpress.toml")


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
