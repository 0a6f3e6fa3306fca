"""Every reliance on private parts of Prefect and docket: one file each, applied by a call and never at import."""
