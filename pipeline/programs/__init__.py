"""One thin door each to Tesseract, Poppler and the model files."""
