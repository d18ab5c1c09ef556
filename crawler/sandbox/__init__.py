"""Extraction in child processes that can be killed: a page goes in, a post, found candidates or an error comes out."""
