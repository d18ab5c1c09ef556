"""What we hold: posts, versions, images, captures (catalogue), in which tables, by which statements."""

from __future__ import annotations

from .catalogue import Catalogue
from .version import StoredImage, Version

__all__ = ["Catalogue", "StoredImage", "Version"]
