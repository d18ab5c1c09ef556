"""A run from its first to its last line (run), without a trace (preview, rehearsal), or for a test case (recording)."""
