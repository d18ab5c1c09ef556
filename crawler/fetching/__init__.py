"""Send a request politely and safely: the downloader middlewares, one per file, in the order that a request passes.

    fence.py            refuses a URL outside of what its source may fetch
    guard.py            refuses a URL whose scheme, port or address may not be dialled
    budget.py           refuses a request once its source or the run has used up its requests, bytes or seconds
    robots.py           refuses what robots.txt disallows (its rules: robotstxt.py)
    pace.py             gives each host the delay and concurrency of its source
    retry.py            repeats a request after a transient failure; refuses hosts that are paused or do not answer
    redirects.py        follows redirects; each hop passes the whole chain again
    decode.py           removes content codings from a response, within a size limit
    refused_lookup.py   reports a host whose addresses the guard refused as refused, not as unknown

A response passes them from the bottom up. `crawler/settings.py` has the chain with Scrapy's middlewares in it. The
other files:

    resolver            the name resolver, which lets only permitted addresses through
    hosts, scheduling   the state of each host; the queue and downloader that respect it
    turns               when a shard of a fleet may ask a host that is not its own
    kept                where robots.txt files and the state of hosts are kept between runs
    failures            exception → class, message and whether to try again

Keys of `request.meta` that spiders and pipelines set:

    fence            Fence    where the request and its redirects may go; a request without one is refused
    source           str      name of the source, for its budget
    delay            float    seconds between requests to the host, where the source sets them
    concurrency      int      requests in flight to the host, where the source sets it
    obey_robots      bool     where the source sets it
    verify_tls       bool     where the source sets it
    download_maxsize int      limit in bytes as received, e.g. for an image
    decoded_maxsize  int      limit in bytes once decoded
    decode_queue     str      name of the queue in which large bodies wait for memory to be decoded in
    enough_bytes     int      bytes to read; they count as the whole response (robots.txt)
    warc_metadata    pairs    fields of the exchange's metadata record

Scrapy's `download_timeout`, `dont_redirect` and `dont_retry` work too; `max_redirects` limits the hops of one request.
After the download, `meta` has `capture` (the archive's Capture) and, after redirects, `redirect_urls`.
"""
