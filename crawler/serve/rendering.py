"""A template and its values go in, the answer with a page comes out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from archive import many
from crawler.run.past_runs import size

_COMMAND = re.compile("`([^`]+)`")
FOLDER = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def compile_templates() -> None:
    """Compile all templates; else the first view of each page does, which takes 5 to 50 ms of CPU."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page of our own origin."""
    found = _ENVIRONMENT.get_template(template)
    return HTMLResponse(found.render(request=request, path=request.url.path, **values), status)


def rendered(template: str, **values: Any) -> str:
    """Fill a template that is not of our own origin, or a part of a page."""
    return _ENVIRONMENT.get_template(template).render(values)


def message(request: Request, title: str, text: str, status: int = 404) -> HTMLResponse:
    """Render a page that says what is missing, and what to do."""
    return page(request, "message.html", status, title=title, text=text)


def day(moment: datetime) -> str:
    """A date for a person: `Tuesday, 17 March 2026`."""
    return f"{moment.astimezone(UTC):%A, }{moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    """A moment for a person: `17 March 2026, 18:20 UTC`."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def second(moment: datetime) -> str:
    """A moment for a person who compares: `17 March 2026, 18:20:05 UTC`."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def code(text: str) -> Markup:
    """A message of ours whose commands, between backticks, are shown as such."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))


_ENVIRONMENT.filters.update(code=code, second=second, day=day, clock=clock, size=size, many=many)
