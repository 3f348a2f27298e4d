"""How the shipped models are made, and what they have read. No lesson imports this."""
