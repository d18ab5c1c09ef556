"""A news site on loopback, for the demonstration and for tests.

content/     its articles, templates and style sheet
pictures     a picture's name → a PNG
newspaper    a URL path → the site's answer, without network
site         the HTTP server
tour         the commands that the demonstration runs, with a check of each result
"""
