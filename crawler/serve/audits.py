"""The page of the audit: how the last one ended, and its findings, with those that somebody acknowledged."""

from __future__ import annotations

from pathlib import Path

from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawler.clock import from_rfc3339
from crawler.run.past_runs import AUDIT, NOTED, last_audit, last_findings
from crawler.serve.rendering import message, page


def audit(request: Request) -> Response:
    """Show the last audit; where the note on it is of another form, say so."""
    folder = request.app.state.held.layout.runs
    try:
        return _shown(request, folder)
    except (UndefinedError, LookupError, TypeError, ValueError) as error:
        text = f"{folder / AUDIT}: can't be read ({error}); the next `warcpress audit` writes it again"
        return message(request, "Audit", text, 200)


def _shown(request: Request, folder: Path) -> Response:
    last, (summary, findings) = last_audit(folder), last_findings(folder)
    return page(
        request,
        "audit.html",
        last=last,
        finished=from_rfc3339(last["finished"]) if last else None,
        summary=summary,
        found=[one for one in findings if not one.get("acknowledged")],
        accepted=[one for one in findings if one.get("acknowledged")],
        most=NOTED,
    )


routes = [Route("/audit", audit)]
