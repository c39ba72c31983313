"""How far can these answers be trusted? What is missing and why, and signs of careless or repeated answering."""

from trustmeter.responses.quality.checking import check_quality
from trustmeter.responses.quality.report import QualityReport

__all__ = ["QualityReport", "check_quality"]
