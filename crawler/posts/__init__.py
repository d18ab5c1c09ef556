"""Posts: acceptance and versions decide, conversion, frontmatter and escaping write the text, names the path.

`media` reads the headers of images; `differences` compares two versions. All pure.
"""
