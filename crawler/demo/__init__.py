"""A news site inside the package, on loopback: the demonstration crawls it, and so may any test.

content/     its articles, templates and style sheet
pictures     a name → a PNG
newspaper    a path → what the site answers, pure
site         the server
tour         the commands that the demonstration runs, with what each must have done
"""
