"""The pictures of an article.

image_url    `<img>` → the absolute URL of its best version
captions     container → which texts are captions of which picture
pictures     lazy loading, junk, teasers of other articles; the article's pictures → `Image`
lead_image   the picture that metadata names, that the page shows above the text, that the post gives
"""
