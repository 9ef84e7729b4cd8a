"""Set-up helpers called by the Makefile; never imported by the application."""
