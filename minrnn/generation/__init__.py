"""What a trained model is for: writing, filling in, scoring."""
