"""Files that people send: opened for real, cleaned, pictured, scanned. No database here."""
