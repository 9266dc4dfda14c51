"""Cases: what belongs to one person, what is entered by hand, and what is printed for it."""
