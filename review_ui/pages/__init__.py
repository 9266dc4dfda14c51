"""The pages of the screen, one module per subject; each has a `router`."""
