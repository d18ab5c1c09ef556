"""The life of one article, top to bottom.

discovery/   a source's feeds, sitemaps, sections, listings → candidates
frontier     candidates → what to fetch next, and when to look again
fetching/    a request → the guarded, polite exchange
capture/     the bytes of every exchange on the wire → the archive
extractors/  a page → a post (pure)
pipelines/   a post → validated, with its images, archived, catalogued, published
posts/       a post ⇄ its text, its name, its media
catalogue/   what we hold, and where its bytes are
provenance   each post proved again from the stored bytes
"""
