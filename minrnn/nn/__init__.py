"""The model: embedding, stacked cells, dropout, output, and the loss."""
