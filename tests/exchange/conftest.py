"""A questionnaire with everything that an export can stumble over."""

from __future__ import annotations

import pytest

from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Equals, IsIn, Not
from trustmeter.questionnaire.text import Text


def both(english: str, french: str = "") -> Text:
    return Text({"en": english, "fr": french or f"{english} (fr)"}, base="en")


@pytest.fixture
def awkward() -> Questionnaire:
    """Every response type, signs of HTML and Excel in texts, a hyphen in a code, a blank translation, nested routing."""
    yes_no = ResponseScale("yesno", "nominal", (Option("1", both("Yes", "Oui")), Option("0", both("No", "Non"))))
    ladder = ResponseScale(
        "ladder",
        "ordinal",
        (
            *(Option(str(step), both("Never" if step == 0 else "Always") if step in {0, 10} else Text(), None, step) for step in range(11)),
            Option("88", both("Don't know"), "dont_know"),
            Option("-99", both("Not answered"), "blank"),
        ),
    )  # fmt: skip
    words = ResponseScale(
        "words",
        "nominal",
        (Option("A", both("<b>less</b>")), Option("B", both('& "more"')), Option("C", Text({"en": "it's", "fr": ""}))),
    )
    years = ResponseScale("years", "number", (Option("999", both("Prefer not to say"), "refused"),), 16, 110)
    hours = ResponseScale("hours", "number", (Option("-99", both("Not answered"), "blank"),), 0.5, 24)
    remark = ResponseScale("remark", "text", ())
    return Questionnaire(
        id="awk-ward", version="2.1.0", status="draft", base_language="en", languages=("en", "fr"),
        title=both("Signs <&> and \"quotes\""), description=both("For tests."), introduction=both("=1+1 & <script>alert(1)</script>"),
        sections=(
            Section("first", both("First <i>"), both("=SUM(A1) 'x'"),
                    (Item("Q1", both("Yes & no?"), yes_no, required=True), Item("Q2", both("A <word>?"), words))),
            Section("second", both("Second"), Text(),
                    (Item("Q3", both("How often?"), ladder, show_if=IsIn("Q2", ("A", "B"))),
                     Item("Q4", both("How often else?"), ladder),
                     Item("Q5", both("How old?"), years, show_if=Not(Equals("Q2", "C")))), show_if=Equals("Q1", "1")),
            Section("third", both("Third"), both("Own consent."),
                    (Item("Q6", both("Hours?"), hours,
                          show_if=AllOf((Equals("Q1", "1"), AnyOf((Equals("Q2", "A"), Not(IsIn("Q2", ("A", "C")))))))),
                     Item("Q7", both("Anything else?"), remark)), optional=True, special_category=True, reason="A reason."),
        ),
        scales=(), response_scales=(yes_no, ladder, words, years, hours, remark), licence="CC0 & <free>", fingerprint="abc123",
    )  # fmt: skip
