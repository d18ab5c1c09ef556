"""One file goes in, in any coding; batches of findings and rows come out.

files          all files, in processes when asked; the coding of each by its first bytes
gzip_members   gzip members and the gaps between them
zstd_frames    the same for zstd frames
compressed     the records of members
uncompressed   the records of a file without members, WARC or ARC
fast_path      records like many before, checked in one go; header_patterns: how their headers look
filelog        findings, counts and rows of a file, collected
batch          what is handed on: findings and rows
"""
