"""What a user can ask for: tables of options with a row each, kinds of value, presets, and how they come together."""
