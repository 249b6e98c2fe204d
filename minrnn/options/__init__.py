"""What a user can ask for: the table of options, their types, presets, and how they come together."""
