"""`python -m local.demo`."""

import sys

try:
    from local.demo.cli import main

    sys.exit(main())
except KeyboardInterrupt:
    # Interrupted before the local cloud was started or after it was stopped: nothing is left to stop.
    sys.exit(130)
