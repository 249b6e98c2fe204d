"""A run: its text, its steps, what it shows and what it leaves."""
