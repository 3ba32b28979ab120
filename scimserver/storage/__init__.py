"""The database: the only SQLAlchemy queries, and the only code that knows a dialect."""
