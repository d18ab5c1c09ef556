"""A download of 100 MiB with capture takes at most 20 MB more memory than the same without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from wire_server import Answer, WireServer

SCRIPT = """
import re, sys
from pathlib import Path
import scrapy
from scrapy.crawler import CrawlerProcess

class Large(scrapy.Spider):
    name = "large"

    async def start(self):
        yield scrapy.Request(sys.argv[1])

    def parse(self, response):
        assert len(response.body) == 100 << 20

settings = {"DOWNLOAD_MAXSIZE": 200 << 20, "DOWNLOAD_WARNSIZE": 0, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False}
if sys.argv[2] == "on":
    settings["ADDONS"] = {"crawler.capture.Capture": 100}
else:
    import archive, crawler.capture, crawler.capture.handler  # so that the memory of the code itself is in both figures
process = CrawlerProcess(settings)
process.crawl(Large)
process.start()
print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])  # ru_maxrss would count the parent's
"""


@pytest.mark.torture
def test_capture_of_100_mib_adds_less_than_20_mb(tmp_path: Path) -> None:
    piece = bytes(range(256)) * 4096
    answer = Answer((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 << 20), *[piece] * 100))
    peaks = {}
    with WireServer({"/": answer}) as server:
        for mode in ("off", "on"):
            done = subprocess.run(
                [sys.executable, "-c", SCRIPT, server.url("/"), mode],
                cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True,
            )  # fmt: skip
            peaks[mode] = int(done.stdout) / 1024
    assert peaks["on"] - peaks["off"] < 20, peaks
