"""The audit's checks of one file and its records: facts go in, faults come out. Importing it registers them.

members     1–5, 34, 35: compressed members and frames, as archive/read/faults.py finds them
fields      7–11: version line, line ends, names of fields
values      12–15: record ids, dates, lengths, URIs
digests     16–18: digests and their labels
http        20–22: the HTTP message in a block
revisits    23, 24: truncated records, revisits
whole_file  6, 19, 27: counts and first records of a file
arc         13 on ARC files
judge       runs these checks on a record

Checks across records, files and indexes (12, 21, 25–31) are in archive/audit/across/.
"""

from archive.audit.checks import arc, digests, fields, http, members, revisits, values, whole_file

__all__ = ["arc", "digests", "fields", "http", "members", "revisits", "values", "whole_file"]
