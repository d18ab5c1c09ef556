"""The pages of past runs: their list, each run in lines, and its report with charts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import open_regular
from crawler.errors import ConfigError, UnknownUrl
from crawler.run.past_runs import HEADINGS, HEADINGS_OF_SEVERAL, ID, PastRun, past_run, past_runs_of
from crawler.serve.rendering import page

MOST = 50
"""Runs in the list."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Content-Security-Policy of a report, which has its style sheet in itself."""


def _folders(request: Request) -> Mapping[str, Path]:
    """The folders of run files, by the data folders' names."""
    return {name: part.layout.runs for name, part in request.app.state.held.parts.items()}


def runs(request: Request) -> Response:
    """List the past runs, newest first."""
    held = request.app.state.held
    for part in held.parts.values():
        if not part.layout.runs.is_dir():
            try:
                part.layout.check()  # a disk that is not mounted is not an archive without runs
            except ConfigError as error:
                held.layout.leave(error)
    folders = _folders(request)
    found = list(past_runs_of(folders, MOST + 1))
    return page(
        request,
        "runs.html",
        headings=HEADINGS if "" in folders else HEADINGS_OF_SEVERAL,
        runs=found[:MOST],
        has_more=len(found) > MOST,
        folder=", ".join(map(str, folders.values())),
    )


def _asked(request: Request) -> PastRun:
    name = request.path_params["name"]
    if not ID.fullmatch(name):
        raise UnknownUrl(f"{name}: not the id of a run")
    return past_run(_folders(request), name)


def run(request: Request) -> Response:
    """Show one run."""
    found = _asked(request)
    has_report = (_folders(request)[found.folder] / f"{found.id}.html").is_file()
    return page(request, "run.html", run=found, lines=list(found.lines()), has_report=has_report)


def report(request: Request) -> Response:
    """Give the report of a run as it was written."""
    name = request.path_params["name"]
    if not ID.fullmatch(name):
        raise UnknownUrl(f"{name}: not the id of a run")
    paths = [folder / f"{name}.html" for folder in _folders(request).values()]
    path = next((path for path in paths if path.exists()), paths[0])
    try:
        with open_regular(path) as file:
            body = file.read()
    except OSError as error:
        raise UnknownUrl(f"{path}: {error.strerror}; only the last reports are kept") from error
    return Response(body, media_type="text/html", headers={"content-security-policy": POLICY})


routes = [Route("/runs", runs), Route("/runs/{name}", run), Route("/runs/{name}/report", report)]
