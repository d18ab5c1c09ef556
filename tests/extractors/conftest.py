"""A limit on processor time for tests of code that must end soon."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest


@pytest.fixture
def cpu_limit() -> Callable[[float], AbstractContextManager[None]]:
    """`with cpu_limit(SECONDS):` fails when its block takes more processor time.

    A regular expression that backtracks without end is interrupted; a call into libxml2 or Rust fails when it returns.
    """

    @contextmanager
    def limit(seconds: float) -> Iterator[None]:
        def stop(*_: object) -> None:
            pytest.fail(f"still running after {seconds} s of processor time")

        former = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, former)

    return limit
