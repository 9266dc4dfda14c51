"""The forms shipped with Yomitori: one folder per form, read through importlib.resources."""
