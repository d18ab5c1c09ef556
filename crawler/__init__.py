"""warcpress: find, fetch, archive and publish news articles, and prove each post from the archive.

The way of one article:

    config/       warcpress.toml → Config
    discovery/    a source's feeds, sitemaps, sections and listings → candidates
    store/        frontier.py: candidates → what to fetch next, and when to look again
    fetching/     a request → the guarded, polite download
    capture/      the bytes of every exchange on the wire → WARC records
    sandbox/      a page → a child process that can be killed
    extractors/   a page → a post, pure
    pipelines/    a post → validated, with its images, archived, catalogued, published
    posts/        a post ⇄ its text, its name, its media; versions of an article
    store/        catalogue.py: the stored posts, and where their bytes are
    from_warc/    the WARC files → posts again; each post proved from the stored bytes

`cli/` has the commands, `spiders/` and `pipelines/` the adapters to Scrapy, `run/` what one run carries and reports,
`urls/` the canonical form of URLs and the addresses that may be dialled, `demo/` the embedded news site. `settings.py`
has the settings of Scrapy, `items.py` and `errors.py` the values and errors that travel between the stages.
"""
