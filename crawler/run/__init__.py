"""What one run carries and reports: its job, the articles on their way, its report."""
