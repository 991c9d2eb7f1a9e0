"""Gold: scores normalised products against the seven-stage rubric and says what to fix first."""
