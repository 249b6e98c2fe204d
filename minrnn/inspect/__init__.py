"""Seeing inside a trained model: how far its gradients reach, what its gates do, what each unit follows."""
