"""Find the element of the page that holds the article.

*Size* counts characters, those of Chinese, Japanese and Korean 2.5 times. *Prose* is the part of the size that reads
like sentences. An element is *named* as something by its class, id, role or `itemprop`.

locate        all steps in order: document → Located
survey        one walk: how much prose, text and links each element holds
hints         class names and ids → what an element is for
boilerplate   survey → comments, navigation, boxes of teasers, sidebars
candidates    survey → the container
neighbours    pieces of the article outside the container: siblings, lead paragraph
embedded      an article that only JSON in scripts holds
"""
