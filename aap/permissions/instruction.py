"""Rules of the instruction rooms."""
