"""Commands, one file per object."""
