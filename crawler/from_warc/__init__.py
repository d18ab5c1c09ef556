"""Make catalogue, posts and packages from the WARC files, and check them against the WARC files.

ingest           WARC files → rows of the catalogue
publish          rows → post files, copies of images, pages of a WACZ file
rebuild          WARC files → catalogue and post files, all of them again
render           other settings → the newest versions made again; rerender: which ones, and how
show             a URL or a post → its stored bytes, its versions
history          a URL or a post → what happened to its article, or two versions compared; history_page: as HTML
warcinfo         sources ⇄ fields of a warcinfo record
packet           articles → a WACZ with all that proves them; such a WACZ → what it proves of its posts
derive           stored pages → posts, extracted again, for check 32 and render
check_posts      check 32: each post follows from its capture
check_catalogue  check 33: the catalogue agrees with the WARC files
"""
