"""The reading site: every notebook as stored, as a page that needs no Python behind it (`fmcourse site`)."""
