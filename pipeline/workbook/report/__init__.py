"""The report: tables for people, counted over roles and purposes, with charts; see reports.yaml."""

from pipeline.workbook.report.build import tables
from pipeline.workbook.report.figures import year_of
from pipeline.workbook.report.made import Block, Drawn, Head, Made
from pipeline.workbook.report.paper import Cover, write

__all__ = ["Block", "Cover", "Drawn", "Head", "Made", "tables", "write", "year_of"]
