"""Reading stored pages again after a form or a reader has changed: first what would be otherwise, then, if wanted, done."""
