"""The HTTP service under load, among hostile clients and under kills: figures, and the promise that no accepted job is lost."""
