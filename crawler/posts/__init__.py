"""Posts: decide about an extracted article, and write the text of its post file. All pure.

acceptance    whether an article is accepted
media         which images to fetch, which to copy
arrival       what that is decided from: the article that came, and what is stored
identity      which stored article a page has
versions      whether it is new, changed or unchanged
names         path of the post file
conversion    metadata and text of a version
states        withdrawn, suspect, present again: what a look at a held article found
frontmatter   post file as text, and back; escaping: its body for site generators
blocks        the text of a body, block by block, as a reader sees it
sameness      whether two pages have one article, or two versions say the same
differences   two versions compared: what changed, as values; marks: two texts compared, alignment: two sequences
difference_lines, difference_page   that for a person, as lines and as HTML
"""
