"""`python reporting_crawl.py FILE crawl`: runs warcpress and writes the record id of each stored capture into FILE."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pydispatch import dispatcher

from archive import Capture
from crawler.capture import captures_stored
from crawler.cli import main

reports = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def report(captures: Sequence[Capture]) -> None:
    os.write(reports, "".join(f"{capture.record_id}\n" for capture in captures).encode())


dispatcher.connect(report, signal=captures_stored, sender=dispatcher.Any)
sys.exit(main(sys.argv[2:]))
