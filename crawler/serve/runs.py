"""The pages of past runs: their list, each run in lines, and its report with charts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import open_regular
from crawler.errors import UnknownUrl
from crawler.run.past_runs import HEADINGS, ID, past_run, past_runs
from crawler.serve.rendering import page

MOST = 50
"""Runs in the list."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Content-Security-Policy of a report, which has its style sheet in itself."""


def runs(request: Request) -> Response:
    """List the past runs, newest first."""
    layout = request.app.state.held.layout
    if not layout.runs.is_dir():
        layout.check()  # a disk that is not mounted is not an archive without runs
    folder = layout.runs
    found = list(past_runs(folder, MOST + 1))
    return page(request, "runs.html", headings=HEADINGS, runs=found[:MOST], has_more=len(found) > MOST, folder=folder)


def run(request: Request) -> Response:
    """Show one run."""
    folder, name = request.app.state.held.layout.runs, request.path_params["name"]
    if not ID.fullmatch(name):
        raise UnknownUrl(f"{name}: not the id of a run")
    found = past_run(folder, name)
    has_report = (folder / f"{name}.html").is_file()
    return page(request, "run.html", run=found, lines=list(found.lines()), has_report=has_report)


def report(request: Request) -> Response:
    """Give the report of a run as it was written."""
    folder, name = request.app.state.held.layout.runs, request.path_params["name"]
    if not ID.fullmatch(name):
        raise UnknownUrl(f"{name}: not the id of a run")
    try:
        with open_regular(folder / f"{name}.html") as file:
            body = file.read()
    except OSError as error:
        raise UnknownUrl(f"{folder / name}.html: {error.strerror}; only the last reports are kept") from error
    return Response(body, media_type="text/html", headers={"content-security-policy": POLICY})


routes = [Route("/runs", runs), Route("/runs/{name}", run), Route("/runs/{name}/report", report)]
