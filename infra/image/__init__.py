"""What the images hold beside the project: their lock, their entry point, their health check."""
