"""Chinese text: sentences, terms."""
