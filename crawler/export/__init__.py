"""Export: posts with their provenance in forms that other programs read; nothing in the archive changes.

`rows.py` reads a post and says what each column has; the other files write rows, each in one form, one row at a time.
"""
