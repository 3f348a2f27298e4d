"""What language models are used for: a sandbox for programs they write, and retrieval."""
