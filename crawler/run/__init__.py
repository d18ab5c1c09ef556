"""What one run carries: its stores and choices (job), what it did (account), an article on its way (article)."""
