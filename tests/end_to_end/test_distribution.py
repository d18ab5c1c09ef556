"""The wheel and the source distribution install into a fresh environment and crawl from there, without the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pages import PageServer, article

ROOT = Path(__file__).parent.parent.parent
BUILD = "import sys; from setuptools import build_meta as b; to = sys.argv[1]; b.build_wheel(to); b.build_sdist(to)"
TEXT = "The new bridge over the river was opened on Thursday, two years later than the city had planned. " * 2
DATA = ("crawler/warcpress.toml", "crawler/py.typed", "archive/py.typed")
ONLY_IN_A_CHECKOUT = {
    ".containerignore",  # podman reads it
    ".gitignore",  # git reads it
    ".pre-commit-config.yaml",  # runs before a commit
}
MADE_BY_SETUPTOOLS = {"PKG-INFO", "setup.cfg"}


def sources() -> set[str]:
    """The project's files, by git's list in a checkout, else by the list that the sdist holds."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    listed_files = (ROOT / "warcpress.egg-info" / "SOURCES.txt").read_text().splitlines()
    return {name for name in listed_files if not name.startswith("warcpress.egg-info/")} - MADE_BY_SETUPTOOLS


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with wheel and sdist, built from a copy of the project's files and of what tests leave behind."""
    folder = tmp_path_factory.mktemp("distribution")
    source = folder / "source"
    leftovers = dict.fromkeys(("tests/__pycache__/x.cpython-311.pyc", "tests/hexo/node_modules/x/x.js"), b"")
    files = {name: (ROOT / name).read_bytes() for name in sources()} | leftovers
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "dist")], cwd=source, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder / "dist"


def environment(folder: Path, distribution: Path) -> Path:
    """Make an environment with the distribution; it uses the dependencies of this environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(filter(os.path.isabs, sys.path)) + "\n")
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--no-deps"]
    options = ["--no-index", "--no-build-isolation", "--ignore-installed", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run([*command, *options, str(distribution)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "bin" / "warcpress"


def test_both_distributions_hold_the_files_that_are_not_code(dist: Path) -> None:
    [wheel], [sdist] = dist.glob("*.whl"), dist.glob("*.tar.gz")
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    demo = {path.relative_to(ROOT).as_posix() for path in (ROOT / "crawler/demo/content").rglob("*") if path.is_file()}
    assert demo
    assert {*DATA, *demo} <= in_wheel & in_sdist
    packages = {name.split("/")[0] for name in in_wheel if not re.match(r"warcpress-[^/]+\.(dist-info|data)/", name)}
    assert packages == {"archive", "crawler"}
    assert [name for name in in_wheel if name.endswith(".data/data/share/man/man1/warcpress.1")]


def unpacked(dist: Path, folder: Path) -> Path:
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [root] = folder.iterdir()
    return root


def test_the_source_distribution_holds_the_files_of_the_project(dist: Path, tmp_path: Path) -> None:
    root = unpacked(dist, tmp_path)
    held = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    held = {name for name in held if not name.startswith("warcpress.egg-info/")}
    assert held - MADE_BY_SETUPTOOLS == sources() - ONLY_IN_A_CHECKOUT


def test_the_tests_of_the_source_distribution_start(dist: Path, tmp_path: Path) -> None:
    """All are found, and those on its own files pass; `make test` begins the same way."""
    root = unpacked(dist, tmp_path)

    def pytest_in_it(*arguments: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", *arguments]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # `plain`: to rewrite the asserts of 290 files, none of which runs, takes 10 of 18 s of CPU.
    listed = pytest_in_it("--collect-only", "-m", "", "--assert=plain").splitlines()
    found = {line.partition(":")[0] for line in listed}
    assert {name for name in sources() if name.startswith("tests/") and Path(name).match("test_*.py")} <= found
    pytest_in_it("tests/test_imports.py", "tests/test_readme.py", "tests/test_supply.py", "tests/test_security.py")


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_an_installed_distribution_crawls(kind: str, dist: Path, tmp_path: Path) -> None:
    [distribution] = dist.glob(kind)
    command = environment(tmp_path / "environment", distribution)
    work = tmp_path / "work"
    work.mkdir()

    def run(*arguments: str, **options: Any) -> str:
        done = subprocess.run([command, *arguments], cwd=work, capture_output=True, text=True, check=False, **options)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    version = distribution.name.split("-")[1].removesuffix(".tar.gz")
    assert run("--version") == f"warcpress {version}\n"
    run("init")
    with PageServer() as server:
        server["news.test/a.html"] = article("The bridge is open", [TEXT] * 3)
        (work / "warcpress.toml").write_text(
            f"""[crawl]
allow_private = ["127.0.0.0/8"]
delay = 0
resolve = {{ "*:80" = "127.0.0.1:{server.port}" }}
[[source]]
name = "herald"
urls = ["http://news.test/a.html"]
"""
        )
        run("crawl")
    assert "The bridge is open" in run("list")
    run("audit")


def test_the_new_environment_does_not_use_the_checkout(dist: Path, tmp_path: Path) -> None:
    """The command must not find the checkout through the paths of the tests' environment."""
    [wheel] = dist.glob("*.whl")
    command = environment(tmp_path / "environment", wheel)
    asked = "import crawler, archive; print(crawler.__file__, archive.__file__)"
    found = subprocess.run(
        [command.with_name("python"), "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert found.count(str(tmp_path)) == 2 and sysconfig.get_paths()["purelib"] not in found
