"""A news site on loopback, for the demonstration and for tests.

content/     its articles, templates and style sheet
pictures     a name → a PNG
newspaper    a path → the site's answer, without network
site         the server
tour         the commands that the demonstration runs, with checks of what each did
"""
