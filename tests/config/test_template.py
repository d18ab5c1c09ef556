"""The template of `warcpress init` loads as it is, names every key, and shows the defaults."""

from __future__ import annotations

import argparse
import dataclasses
import re
from importlib.resources import files
from pathlib import Path

import pytest

from crawler.cli import init
from crawler.config import Config, load
from crawler.errors import ConfigError
from crawler.items import Listing, Section, Source

TEMPLATE = files("crawler").joinpath("warcpress.toml").read_text(encoding="utf-8")
TOP, EXAMPLE = TEMPLATE.split("# A source without a profile:\n#\n")


def read(folder: Path, text: str) -> Config:
    (folder / "warcpress.toml").write_text(text, encoding="utf-8")
    return load(folder / "warcpress.toml", environ={"EXAMPLE_COOKIE": "session=0123456789"})


def test_init_writes_the_template_and_it_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "warcpress.toml"
    assert init.run(argparse.Namespace(config=str(file))) == 0
    assert file.read_text(encoding="utf-8") == TEMPLATE
    assert [source.name for source in load(file).sources] == ["guancha"]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert str(file) in shown.err


def test_init_never_writes_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / "warcpress.toml"
    file.write_text("mine")
    with pytest.raises(ConfigError, match="is there already and was not changed") as raised:
        init.run(argparse.Namespace(config=str(file)))
    assert raised.value.exit_code == 2
    assert file.read_text() == "mine"


def test_init_into_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be written: No such file or directory"):
        init.run(argparse.Namespace(config=str(tmp_path / "none" / "warcpress.toml")))


def test_the_commented_values_are_the_defaults(tmp_path: Path) -> None:
    shown = re.sub(r"^# (?=[a-z_]+ = )", "", TOP.split("# A source is a publisher")[0], flags=re.MULTILINE)
    assert shown.count("\n# ") < TOP.count("\n# ") - 30
    given = read(tmp_path, shown)
    assert given == read(tmp_path, "")


def test_the_tables_name_every_key(tmp_path: Path) -> None:
    for table in dataclasses.fields(Config):
        if table.name in ("path", "sources", "secret_values", "secrets_fault", "shard", "year", "root"):
            continue
        part = TOP.split(f"\n[{table.name}]\n")[1].split("\n[")[0]
        named = set(re.findall(r"^(?:# )?([a-z_]+) = ", part, re.MULTILINE))
        kind = type(getattr(Config(), table.name))
        assert named == {field.name for field in dataclasses.fields(kind)}


def test_the_example_source_names_every_key_and_loads(tmp_path: Path) -> None:
    text = "\n".join(line.removeprefix("# ") for line in EXAMPLE.splitlines())
    source = read(tmp_path, text).sources[0]
    named = set(re.findall(r"^([a-z_]+) = ", text, re.MULTILINE))
    assert named == {field.name for field in dataclasses.fields(Source)} - {"use"}
    for cls in (Section, Listing):
        assert all(f"{field.name} = " in text for field in dataclasses.fields(cls) if field.name != "section")
    assert (len(source.sections), len(source.listings), source.every) == (2, 1, 3600.0)
    assert source.headers == {"Cookie": "session=0123456789"}
