"""Large documents and batches as flow runs of ``convert/on-demand``, where a Prefect API is configured."""
