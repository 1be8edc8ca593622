"""What people read of a run, away from the app: a report as one HTML file, and a model card in Markdown."""

from core.documents.html_report import html_report, report_name
from core.documents.model_card import card_name, model_card

__all__ = ["card_name", "html_report", "model_card", "report_name"]
