"""The Prefect server that the runs of one person use: found, started, stopped."""
