"""Wording of the pages in the header, in Japanese."""

BATCHES = "束と取り込み"
SEARCH = "さがす"
FIGURES = "進み具合"
REPORT = "報告"
CASES = "台帳"
