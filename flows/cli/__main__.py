"""``python -m flows.cli``: the console script ``olmocr-flows`` without an installed script."""

import sys

from flows.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
