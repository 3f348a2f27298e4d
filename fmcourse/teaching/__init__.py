"""For lecturers: assignments that differ from term to term, nbgrader's cycle, marks. No lesson imports it."""

import sys

# Where this package is installed, jsonschema (which nbgrader brings) builds a grammar of web addresses when it is
# imported: three seconds in each process, for a check that nothing here asks for.
sys.modules.setdefault("rfc3987_syntax", None)
