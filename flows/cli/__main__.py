"""``python -m flows.cli``: the console script ``olmocr-flows`` from a checkout."""

import sys

from flows.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
