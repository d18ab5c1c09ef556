"""The audit's own reading of WARC files, independent of `archive.read.reader`: a path goes in, batches of findings and rows
come out.

pool (files, in processes when asked) → file (what kind it is) → source (windows of its bytes) → gzip_members,
zstd_frames (members) or feed (a plain file) → gzip_walk, plain_walk, arc_walk (the records of a file) → usual (those
like the ones before, in one go) or envelope (header, block, what ends it) → record, block, chunks → judgement (the
content) → filelog → batch.
"""
