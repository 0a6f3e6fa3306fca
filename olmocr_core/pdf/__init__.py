"""Everything that touches PDF and image bytes: worker processes, opening, inspection, rendering, fonts.

Nothing here is imported by the main process but ``pool``, ``reader`` and ``sniff``; the rest runs in workers.
"""
