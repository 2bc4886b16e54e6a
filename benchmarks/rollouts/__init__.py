"""How the judge decides about real candidates, good and bad."""
