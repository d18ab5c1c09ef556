"""Below capture: Scrapy's HTTP/1.1 client with every byte written down (connections), the trust policy of TLS (tls),
the download handler that ties a Scrapy request to its exchanges (handler, exchanges)."""
