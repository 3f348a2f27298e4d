"""Answering for a model: how sure it is, who reviews it, how its texts are marked."""
