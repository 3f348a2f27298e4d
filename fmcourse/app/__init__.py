"""The learner's own copy of the course and the machine it stands on: what `fmcourse` does beside the notebooks."""
