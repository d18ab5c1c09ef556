"""The public names of `archive`: type checkers see the same names, and importing one loads no more than it needs."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import archive


def test_type_checkers_and_the_interpreter_see_the_same_names() -> None:
    tree = ast.parse(Path(archive.__file__).read_text("utf-8"))
    (for_checkers,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: (node.module, alias.name)
        for node in for_checkers.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: (module, name) for name, module in archive._MODULES.items()}


def test_every_public_name_can_be_imported() -> None:
    assert archive.__all__ == list(dict.fromkeys(archive.__all__))
    for name in archive.__all__:
        assert getattr(archive, name) is not None
    assert set(archive.__all__) <= set(dir(archive))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        archive.nothing  # noqa: B018


def test_no_public_name_is_a_module_too() -> None:
    """Importing `archive.x` sets `archive.x` to the module, and `from archive import x` would then give that."""
    assert {module.name for module in pkgutil.iter_modules(archive.__path__)}.isdisjoint(archive.__all__)


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("from archive import Capture, utc_now, printable", ("archive.audit", "sqlite3", "isal", "brotli", "argparse")),
        ("from archive import Reader, Index", ("archive.audit", "archive.write", "cryptography", "requests")),
        ("from archive import ArchiveWriter, recover", ("archive.audit", "cryptography", "requests")),
        (
            "from archive.cli import parser; parser()",
            ("archive.audit.audit", "sqlite3", "isal", "brotli", "cryptography"),
        ),
    ],
)
def test_imports_load_no_more_than_they_need(code: str, unwanted: tuple[str, ...]) -> None:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith(unwanted)] == []
