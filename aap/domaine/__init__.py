"""Rules a jurist could read: pure Python, no Flask, no SQLAlchemy."""
