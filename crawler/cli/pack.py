"""`warcpress pack FILE.wacz`: the archive as one WACZ file, its pages with their titles and texts."""

from __future__ import annotations
