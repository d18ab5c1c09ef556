"""Full text of the stored posts: which words a post has, which posts a query finds, where in a post its words are."""
