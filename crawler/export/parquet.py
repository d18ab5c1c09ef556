"""Rows → Apache Parquet, by pyarrow, which is the extra `[parquet]`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from crawler.errors import ConfigError
from crawler.export.rows import CAPTURE, COLUMNS, Exported, Kind, Row

if TYPE_CHECKING:
    import pyarrow

GROUP_ROWS = 1_000
GROUP_CHARACTERS = 8 * 2**20
"""Most rows of a group, and most characters of their texts: what is in memory at once."""


def write(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO) -> None:
    """Write rows in groups; ConfigError when pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ConfigError("Parquet needs pyarrow: pip install 'warcpress[parquet]'") from None
    schema = _schema(columns)
    waiting: list[Row] = []
    characters = 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for exported in rows:
            waiting.append(exported.row)
            characters += sum(len(value) for value in exported.row.values() if isinstance(value, str))
            if len(waiting) == GROUP_ROWS or characters > GROUP_CHARACTERS:
                writer.write_table(pyarrow.Table.from_pylist(waiting, schema))
                waiting, characters = [], 0
        if waiting:
            writer.write_table(pyarrow.Table.from_pylist(waiting, schema))


def _schema(columns: Sequence[str]) -> pyarrow.Schema:
    import pyarrow

    capture = pyarrow.struct([(name, _type(kind)) for name, (kind, _what) in CAPTURE.items()])
    fields: list[tuple[str, Any]] = []
    for name in columns:
        kind = COLUMNS[name][0]
        fields.append((name, pyarrow.list_(capture) if kind == "captures" else _type(kind)))
    return pyarrow.schema(fields, metadata={"warcpress": "1"})


def _type(kind: Kind) -> pyarrow.DataType:
    import pyarrow

    types = {
        "text": pyarrow.string(),
        "number": pyarrow.int64(),
        "time": pyarrow.timestamp("us", "UTC"),
        "texts": pyarrow.list_(pyarrow.string()),
    }
    return types[kind]
