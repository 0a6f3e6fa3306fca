"""A team's Prefect server from installed packages."""
