"""The view of a stored page: text, and places that pictures, fonts and style sheets of the archive fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

Form = Literal["src", "href", "page", "url", "import", "line", "defaults"]
"""What a place is: an attribute of a picture or style sheet, a link to another page, `url()` in CSS, `@import` with its
address, the line that says what is shown, the style sheet for a page whose own is missing."""


@dataclass(frozen=True)
class Place:
    """A place in the text of a view."""

    form: Form
    urls: tuple[str, ...] = ()
    """Addresses (http or https) of the same thing, the best first; empty: none that could be archived."""


@dataclass(frozen=True)
class View:
    """A page or style sheet: `texts[0]`, the first place, `texts[1]` … One text more than places."""

    texts: tuple[str, ...]
    places: tuple[Place, ...]

    def filled(self, fill: Callable[[Place], str]) -> str:
        """The whole text, with what `fill` gives for each place."""
        pieces = [self.texts[0]]
        for place, text in zip(self.places, self.texts[1:], strict=True):
            pieces += fill(place), text
        return "".join(pieces)


class Builder:
    """Collects the parts of a view."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._current: list[str] = []
        self._places: list[Place] = []

    def put(self, part: str | Place) -> None:
        """Add a text or a place."""
        if isinstance(part, str):
            self._current.append(part)
        else:
            self._texts.append("".join(self._current))
            self._current = []
            self._places.append(part)

    def view(self) -> View:
        """The view of all parts."""
        return View((*self._texts, "".join(self._current)), tuple(self._places))


def written(place: Place, address: str) -> str:
    """The text of a place that shows `address`, a path in ASCII letters, digits and `/%._~-`; empty = nothing."""
    if place.form == "url":
        return f"url({address})" if address else "none"
    if place.form == "import":  # Chromium 150 preloads whatever follows `@import`
        return f"@import url({address})" if address else "@missing "
    if place.form == "page":
        return f' href="{address}" rel="noreferrer"' if address else ""
    return f' {place.form}="{address}"' if address else ""


def stamp(at: datetime) -> str:
    """A time of capture in 20 digits: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S%f").rjust(20, "0")


def escaped(url: str) -> str:
    """A URL as one segment of a path: no browser looks for `/`, `..`, `?` or `#` in it."""
    return quote(url, safe="", errors="replace").replace(".", "%2E")


def page_path(url: str, at: datetime) -> str:
    """Path of the view of a page as captured about `at`."""
    address, mark, fragment = url.partition("#")
    return f"/page/{stamp(at)}/{escaped(address)}{mark}{quote(fragment, safe='')}"


def resource_path(secret: str, kind: Literal["style", "picture"], url: str, at: datetime) -> str:
    """Path of a style sheet, picture or font as captured about `at`."""
    return f"/{secret}/{kind}/{stamp(at)}/{escaped(url.partition('#')[0])}"
