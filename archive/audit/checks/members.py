"""Checks 1–5, 34, 35: titles and clauses of the faults that the scan of a file finds (archive/read/faults.py).

The same scan finds faults of the checks 3, 7, 8 and 14, which have their titles beside the other functions of those.
"""

from archive.audit.registry import enter

enter(1, "gzip members inflate; CRC32 and length are right", clause="RFC 1952, 2.3.1")
enter(2, "the file ends on a member boundary", clause="RFC 1952, 2.2")
enter(3, "no garbage or padding between or after members", clause="RFC 1952, 2.2; WARC 1.1, 4")
enter(4, "one member is one record", clause="WARC 1.1, D.2")
enter(5, "gzip extra field well formed", clause="RFC 1952, 2.3.1.1")
enter(34, "zstd frames", clause="WARC zstd 1.0")
enter(35, "everything could be read", clause="audit")
