"""Rules of the coordination rooms."""
