"""Rules of the porteur rooms."""
