"""What other programs use: `import minrnn`, then train, load, and a Model that writes and scores."""
