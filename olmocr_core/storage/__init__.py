"""Local files and object stores: paths, atomic writes, the page cache, page images, the state of runs."""
