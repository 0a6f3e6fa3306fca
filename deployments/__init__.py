"""What a Prefect server needs for the project: pools, queues, variables, deployments, automations."""
