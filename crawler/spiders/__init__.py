"""Scrapy spiders: `press` runs the sources, `refetch` fetches given URLs."""
