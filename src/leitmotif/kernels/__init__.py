"""Arrays in, arrays out: nothing here knows of topics, models or files."""
