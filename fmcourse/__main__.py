"""`python -m fmcourse` is the same as the command `fmcourse`."""

from fmcourse.cli import app

if __name__ == "__main__":
    app()
