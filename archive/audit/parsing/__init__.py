"""Bytes of one record go in; facts come out: what was read, without a judgement.

source      a file as a sliding window of bytes, and the bytes of a record taken from it
digest      a digest label: algorithm, value, encoding
header      the WARC header: version and fields
block       the block: digests, HTTP head, body framing
record      header, block and what ends the record: all facts of one WARC record
arc         the same for a record of an ARC file
"""
