"""`python -m archive`: runs archive/cli.py."""

import sys

from archive.cli import main
from archive.terminal import open_stderr

open_stderr()
sys.exit(main())
