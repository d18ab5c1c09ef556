"""Scrapy item pipelines of an article: validate, images, posts, catalogue, in that order."""
