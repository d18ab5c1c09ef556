"""A request → the guarded, polite, captured exchange: one downloader middleware per file, in the order of
`crawler.settings`.

What spiders and pipelines put into `request.meta`:

    fence            Fence    where the request and its redirects may go (fence.py); without one it is refused
    source           str      name of the source, for its budget
    delay            float    seconds between requests to the host, when the source says so
    concurrency      int      requests in flight to the host, when the source says so
    obey_robots      bool     when the source says so
    verify_tls       bool     when the source says so
    download_maxsize int      bytes on the wire, e.g. for an image; decoded_maxsize: bytes once decoded
    enough_bytes     int      what comes until then is the response, the rest is not read (robots.txt)
    warc_metadata    pairs    fields of the exchange's metadata record

and what they find there: `capture` (the archive's), `redirect_urls`.
"""
