"""Exchange rates of the day, kept in SQLite."""
