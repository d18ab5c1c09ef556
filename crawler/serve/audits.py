"""The page of the audit: how the last one ended, and its findings, with those that somebody acknowledged."""

from __future__ import annotations

from pathlib import Path

from jinja2 import UndefinedError
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawler.run.past_runs import NOTED, last_audit, unread_audit
from crawler.serve.rendering import message, page, rendered


class _Unread(Exception):
    """The note on an audit is broken, or of another form; the text says so."""


def audit(request: Request) -> Response:
    """Show the last audit of each data folder; where the note on it can't be read, say so."""
    shown, faults = dict[str, Markup](), dict[str, str]()
    for name, part in request.app.state.held.parts.items():
        try:
            shown[name] = _shown(part.layout.runs, 3 if name else 2)
        except _Unread as error:
            faults[name] = str(error)
    if "" in faults:
        return message(request, "Audit", faults[""], 200)
    return page(request, "audit.html", shown=shown, faults=faults)


def _shown(folder: Path, level: int) -> Markup:
    """The last audit of one data folder, with headings of this level."""
    last = last_audit(folder)
    if last is not None and last.fault:
        raise _Unread(last.fault)
    findings = last.findings if last else ()
    try:
        text = rendered(
            "audit_of_folder.html",
            level=level,
            last=last,
            summary=last.summary if last else {},
            found=[one for one in findings if not one.get("acknowledged")],
            accepted=[one for one in findings if one.get("acknowledged")],
            most=NOTED,
        )
    except (UndefinedError, LookupError, TypeError, ValueError) as error:
        raise _Unread(unread_audit(folder, str(error))) from error
    return Markup(text)


routes = [Route("/audit", audit)]
