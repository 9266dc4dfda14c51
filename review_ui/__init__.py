"""The review UI: staff see what was read and settle what is doubtful."""
