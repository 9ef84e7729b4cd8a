"""Rules of the copil rooms."""
