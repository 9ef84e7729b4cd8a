"""Rules of the finance rooms."""
