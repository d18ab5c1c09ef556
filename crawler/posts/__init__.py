"""A post on its way to its file and back: what it was made from (conversion), its text (rendering), what changed
(differences).
"""
