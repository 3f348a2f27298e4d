"""The learner's own copy of the course and the machine it stands on: the commands `lab`, `reset`, `save`, `doctor`."""
