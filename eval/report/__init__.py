"""The report of a run for people: `report.html`, one file that opens offline."""

from eval.report.page import HtmlReport

__all__ = ["HtmlReport"]
