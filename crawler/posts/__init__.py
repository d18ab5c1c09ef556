"""A post on its way to its file and back: its front matter, what it was made from (conversion), its text (rendering),
what changed (differences), its name, its pictures (media)."""
