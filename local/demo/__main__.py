"""`python -m local.demo`."""

import sys

try:
    from local.demo.cli import main

    sys.exit(main())
except KeyboardInterrupt:
    # Before or after anything was started: there is nothing to take down.
    sys.exit(130)
