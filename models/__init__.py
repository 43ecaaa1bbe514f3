"""Models as the product sees them: strings, tokens and vectors in, vectors and spans out."""
