"""From the public call: every questionnaire of the shelf in all its languages, or refused with its reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from trustmeter.errors import DesignError
from trustmeter.exchange.registry import TOOLS, export_questionnaire
from trustmeter.options import ExportTool
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
DESCRIBED: tuple[ExportTool, ...] = ("codebook", "spss")
ASKED: tuple[ExportTool, ...] = ("qualtrics", "redcap", "surveyjs")


@pytest.mark.parametrize("name", list_questionnaires()["id"])
def test_every_questionnaire_can_be_written_or_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    questionnaire = loaded(name)
    signed = any(option.code.startswith("-") for scale in questionnaire.response_scales for option in scale.options)
    assert set(DESCRIBED + ASKED) <= set(get_args(ExportTool))
    for tool in DESCRIBED + ASKED:
        for suffix in TOOLS[tool].suffixes:
            path = tmp_path / f"file{suffix}"
            lists = (
                [list(questionnaire.languages)] if TOOLS[tool].several else [[one] for one in questionnaire.languages]
            )
            for languages in lists:
                if signed and tool in ASKED:
                    with pytest.raises(DesignError, match="it describes a file of answers"):
                        export_questionnaire(questionnaire, path, tool=tool, languages=languages)
                else:
                    assert export_questionnaire(questionnaire, path, tool=tool, languages=languages).stat().st_size > 0


@pytest.mark.parametrize("tool", ["redcap", "spss"])
def test_one_language_a_file(tool: ExportTool, tiny: Questionnaire, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="one file a language"):
        export_questionnaire(tiny, tmp_path / f"file{TOOLS[tool].suffixes[0]}", tool=tool, languages=["en", "fr"])


def test_a_blank_translation_is_refused(awkward: Questionnaire, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="not there in 'fr'"):
        export_questionnaire(awkward, tmp_path / "file.xml", tool="codebook", languages=["en", "fr"])
