"""The pictures of an article.

pictures   `<img>` → one real address of the best resolution, or none
captions   which texts belong to which picture
hero       the large picture that stands above the text
teasers    pictures of other articles
"""
