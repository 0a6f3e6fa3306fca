"""Files of the workspace: the page cache, page images, the state of runs."""
