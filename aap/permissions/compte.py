"""Rules of the compte rooms."""
