"""Parsing for the audit: bytes of one record go in, facts come out, which the checks then judge.

source      a file as a sliding window of bytes, or as a sequence of bytes
digest      a digest label: algorithm, value, encoding
header      the WARC header: version and fields
block       the block: digests, HTTP head, body framing
record      all facts of one WARC record: header, block, end
arc         all facts of one ARC record
"""
