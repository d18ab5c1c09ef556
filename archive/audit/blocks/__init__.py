"""Stored bytes → the block of one record: source (a window on the file) → feed (decoded bytes) → chunks → block."""
