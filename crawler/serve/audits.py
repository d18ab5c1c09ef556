"""The page of the audit: how the last one ended, and its findings, with those that somebody acknowledged."""

from __future__ import annotations

from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawler.run.past_runs import NOTED, LastAudit, last_audit, unread_audit
from crawler.serve.rendering import message, page


def audit(request: Request) -> Response:
    """Show the last audit; where the note on it is broken, or of another form, say so."""
    folder = request.app.state.held.layout.runs
    last = last_audit(folder)
    if last is not None and last.fault:
        return message(request, "Audit", last.fault, 200)
    try:
        return _shown(request, last)
    except (UndefinedError, LookupError, TypeError, ValueError) as error:
        return message(request, "Audit", unread_audit(folder, str(error)), 200)


def _shown(request: Request, last: LastAudit | None) -> Response:
    findings = last.findings if last else ()
    return page(
        request,
        "audit.html",
        last=last,
        summary=last.summary if last else {},
        found=[one for one in findings if not one.get("acknowledged")],
        accepted=[one for one in findings if one.get("acknowledged")],
        most=NOTED,
    )


routes = [Route("/audit", audit)]
