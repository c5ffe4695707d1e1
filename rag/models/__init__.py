"""Encoder, matcher and language model: found, loaded and run."""
