"""`warcpress completion bash` makes a real bash complete commands, options, choices and file names."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETE = 'COMP_WORDS=(warcpress "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}'


def completion(shell: str) -> str:
    command = [sys.executable, "-m", "crawler.cli", "completion", shell]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    path = tmp_path_factory.mktemp("completion") / "warcpress"
    path.write_text(f"{completion('bash')}\n{COMPLETE}\n_shtab_warcpress\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
    return path


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("cr",), ["crawl"]),
        (("list", "--wi"), ["--withdrawn"]),
        (("show", "--part", "re"), ["response", "request"]),
        (("--log-format", ""), ["text", "json"]),
        (("--config", "fa"), ["farm", "farm.toml"]),
        (("--data", "fa"), ["farm"]),
        (("import", "fa"), ["farm", "farm.toml"]),
        (("no-such-command", "--x"), [""]),
    ],
)
def test_bash_completes(script: Path, tmp_path: Path, words: tuple[str, ...], completed: list[str]) -> None:
    (tmp_path / "farm.toml").touch()
    (tmp_path / "farm").mkdir()
    done = subprocess.run(["bash", script, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert sorted(word.rstrip("/") for word in done.stdout.splitlines()) == sorted(completed), done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    (tmp_path / "script").write_text(completion(shell))
    subprocess.run([shell, "-n", tmp_path / "script"], check=True)
