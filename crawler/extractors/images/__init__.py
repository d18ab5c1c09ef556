"""The pictures of an article.

lazy           copies in `<noscript>`, backgrounds, `<amp-img>` → `<img>`
image_url      `<img>` → the absolute URL of its best version
junk           placeholders, icons, avatars, pixels
same_picture   URL → the key that versions of one picture share
captions       container → its captions, each with its picture's box
pictures       gives each picture its URL, removes junk and teasers; container → `Image`s
lead_image     chooses the post's lead image; finds the large picture above the text
"""
