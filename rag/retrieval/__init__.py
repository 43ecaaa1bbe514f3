"""Finding passages: a lexical leg, a dense leg, and their fusion."""
