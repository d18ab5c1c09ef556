"""The audit's own reading of WARC files, independent of `archive.reader`: bytes in, records with what is wrong in them
out.

source (windows of a file) → gzip_members / zstd_frames (members) → feed (bytes of one member or plain file) → header →
block → walk (the records of one file, each passed through `archive.checks`).
"""
