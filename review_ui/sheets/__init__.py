"""Wrong sheets put right: form, turn, place, which pages belong together, scanned again, taken out for good."""
