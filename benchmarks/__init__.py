"""How fast the course trains, and what it costs to start: `python -m benchmarks`."""
