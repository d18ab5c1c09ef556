"""Where the article stands on the page.

survey      tree → what weighs how much       hints   what names of elements say
furniture   survey → what is not the article    candidates   survey → the article's container
lead, neighbours   what belongs to it and stands beside it
embedded    an article that only scripts hold     pointer   trafilatura's, where there is no prose to go by
"""
