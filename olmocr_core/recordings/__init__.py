"""Recordings: folders of an engine's raw answers, which the engine ``replay`` gives again."""
