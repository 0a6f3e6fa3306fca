"""One page from image to record: attempts, validation of answers, repetition, rotation, prompts, slices, progress."""
