"""A PostgreSQL server on loopback, with its data in a temporary folder, run by an unprivileged user."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import psycopg
import pytest

PASSWORD = "hunter2-in-no-log"
OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB -c max_connections=40"


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs; skip the test, or fail in CI, when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (path := shutil.which("initdb")):
        found = [Path(path)]
    if not found and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed: `apt-get install postgresql`")
    assert found, "PostgreSQL is not installed: `apt-get install postgresql`; CI must have it"
    return found[-1].parent


class Postgres:
    """`with Postgres() as server:` runs one; it can be stopped and started again inside."""

    def __init__(self) -> None:
        self._binaries = binaries()
        self.folder = Path(mkdtemp(prefix="warcpress-postgres-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._binaries / program), *words]
        if os.geteuid() == 0:  # it refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        log = self.folder / "log"
        assert done.returncode == 0, done.stdout + done.stderr + (log.read_text() if log.exists() else "")

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        (secret := self.folder / "password").write_text(PASSWORD)
        secret.chmod(0o644)
        data = str(self.folder / "data")
        self._run(
            *("initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--pwfile", str(secret)),
            *("--no-sync", "--locale=C", "--encoding=UTF8"),
        )
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if (self.folder / "data/postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} {OPTIONS}"
        self._control("start", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """Stop at once; connections are closed. `immediate`: as when its machine loses power."""
        self._control("stop", "-m", mode)

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", *words)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows. It fails when a worker keeps it waiting for a minute."""
        with psycopg.connect(self.url, autocommit=True, options="-c statement_timeout=60s") as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
