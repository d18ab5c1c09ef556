"""`python -m archive`: runs archive/cli.py."""

import sys

from archive.cli import main

sys.exit(main())
