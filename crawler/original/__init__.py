"""A stored page or style sheet → a script-free view of it, made from its bytes alone.

view    what comes out: text, and places for pictures and style sheets of the archive
page    HTML → view, by an allow-list of elements and attributes
styles  CSS → view: each address in it becomes a place
"""
