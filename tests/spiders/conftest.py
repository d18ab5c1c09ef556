"""A news site on loopback, and extraction in the test process, for the runs of these tests."""

from running import inline, server

__all__ = ["inline", "server"]
