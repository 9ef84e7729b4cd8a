"""Rules of the avis rooms."""
