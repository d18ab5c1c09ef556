"""What we hold, beside the catalogue: WARC files → rows (ingest), rows → files (publishing), all of it again
(rebuild), each post proved again (derivation), and a URL → its stored bytes (lookup, stored)."""
