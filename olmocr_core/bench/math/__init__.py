"""Compare equations as KaTeX renders them in a headless Chromium."""
