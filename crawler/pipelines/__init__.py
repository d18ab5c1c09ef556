"""Scrapy item pipelines of an article: validate, images, posts, states, catalogue, in that order."""
