"""The pictures of an article.

image_url    `<img>` → the absolute URL of its best version
captions     container → its captions, each with its picture's box
pictures     restores lazy pictures, removes junk and teasers; container → `Image`s
lead_image   chooses the post's lead image; finds the large picture above the text
"""
