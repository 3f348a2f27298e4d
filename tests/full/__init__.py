"""What `.ci/full` is made of besides bash: which packages an environment gets, and what its runs brought to light."""
