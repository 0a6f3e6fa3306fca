import sys
from pathlib import Path

# Scripts are run as files, so their own folder is where they import from; tests do as they do.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
