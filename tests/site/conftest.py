"""The browser of tests/browser, here too."""

from tests.browser.conftest import chromium, watched  # noqa: F401
