"""Articles, passages, retrieval and grounded answers."""
