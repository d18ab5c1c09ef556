"""One run: its stores and choices (job), what it did (account), its course from the first to the last line (run)."""
