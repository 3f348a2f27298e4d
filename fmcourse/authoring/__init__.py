"""For authors: execute notebooks, store them, guard what they must be. No lesson imports this."""
