"""What has to stand on a Prefect server: pools, queues, variables, deployments, automations."""
