"""Loaded by pytest wherever it is pointed at: what it does stands in tests/harness/."""

pytest_plugins = ["tests.harness.plugin"]
