"""From retrieved passages to an answer with its grounds, or to an honest "not here"."""
