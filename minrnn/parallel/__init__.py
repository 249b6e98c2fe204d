"""A batch on several threads."""
