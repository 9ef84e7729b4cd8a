"""Rules of the admin rooms."""
