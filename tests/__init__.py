"""Tests; they mirror the folders of fmcourse/."""
