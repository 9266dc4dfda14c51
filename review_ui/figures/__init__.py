"""How the work goes, as charts and as the same numbers in tables."""
