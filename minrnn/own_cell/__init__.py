"""A cell out of a user's own file: its class is loaded, told apart from others, and tried out."""
