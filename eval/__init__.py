"""Gold questions, metrics, runs and what they tell."""
