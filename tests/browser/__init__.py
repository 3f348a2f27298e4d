"""What a learner sees, in a real browser."""
