"""Finding alone: many systems over the same passages, asked the same questions, compared in pairs."""
