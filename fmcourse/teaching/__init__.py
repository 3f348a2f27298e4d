"""For lecturers: assignments that differ from term to term, nbgrader's cycle, marks. No lesson imports it."""
