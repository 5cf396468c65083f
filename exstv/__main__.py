"""`python -m exstv`."""

import sys

from exstv.cli.main import main

sys.exit(main())
