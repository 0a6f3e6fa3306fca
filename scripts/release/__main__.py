"""``python -m scripts.release [VERSION]``: the steps of a release that a program can do; see RELEASE_PROCESS.md."""

import sys

from scripts.release.release import main

if __name__ == "__main__":
    sys.exit(main())
