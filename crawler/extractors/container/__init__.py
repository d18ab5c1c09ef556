"""Which element of the page holds the article.

locate        all of it in order: document → Located
survey        one walk: how much prose, text and links each element holds
hints         what class names and ids say
boilerplate   survey → comments, navigation, boxes of teasers, sidebars
candidates    survey → the container
neighbours    pieces of the article outside the container: siblings, lead paragraph
embedded      an article that only JSON in scripts holds
"""
