"""A batch on several threads, and on several processes."""
