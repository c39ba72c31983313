"""The sheet that respondents get: what it tells, what it leaves to the zone, and that counsel has to confirm it."""

from __future__ import annotations

from pathlib import Path

import pytest

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.present.phrases import LANGUAGES

LINES = {
    "id": "ghent",
    "zone": "Ghent",
    "zone_name": "{en: Ghent, fr: Gand, nl: Gent, de: Gent}",
    "title": "{en: Nearness, fr: Proximité, nl: Nabijheid, de: Nähe}",
    "questionnaire": "community-trust",
    "waves": "{before: a, after: b}",
    "design": "{linked: yes}",
    "contacts": "{data_protection_officer: {function: {nl: De functionaris, fr: Le délégué}, mailbox: dpo@zone.invalid}}",
    "information": "{controller: De zone Gent & de stad., kept_until: 'tot <2030>', seen_by: Twee onderzoekers}",
}


def sheet(folder: Path, language: ReportLanguage, **changes: str | None) -> str:
    lines = {**LINES, **changes}
    path = folder / "pilot.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None), encoding="utf-8")
    written = tm.information_sheet(tm.read_pilot(path), to=folder / "new" / "info.html", language=language)
    return written.read_text(encoding="utf-8")


OPEN: dict[str, str] = {
    "en": "to be filled in by the zone", "fr": "à compléter par la zone", "nl": "door de zone in te vullen",
    "de": "von der Zone auszufüllen",
}  # fmt: skip
SUPERVISORS = {
    "en": ("Supervisory Body for Police Information", "Data Protection Authority"),
    "fr": ("Organe de contrôle de l'information policière", "Autorité de protection des données"),
    "nl": ("Controleorgaan op de politionele informatie", "Gegevensbeschermingsautoriteit"),
    "de": ("Kontrollorgan für polizeiliche Informationen", "Datenschutzbehörde"),
}
DRAFT = {"en": "DRAFT", "fr": "PROJET", "nl": "ONTWERP", "de": "ENTWURF"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_draft_that_names_both_supervisors(language: ReportLanguage, tmp_path: Path) -> None:
    page = sheet(tmp_path, language).replace("&#39;", "'")
    assert f'<p class="draft">{DRAFT[language]}' in page
    assert f'<html lang="{language}">' in page
    for name in SUPERVISORS[language]:
        assert name in page
    assert "dpo@zone.invalid" in page
    assert OPEN[language] not in page
    assert "http" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_zone_left_open_is_marked(language: ReportLanguage, tmp_path: Path) -> None:
    page = sheet(tmp_path, language, information=None, contacts=None)
    assert page.count(f"<mark>[{OPEN[language]}]</mark>") == 5


def test_what_the_zone_wrote_is_text_and_never_markup(tmp_path: Path) -> None:
    page = sheet(tmp_path, "nl")
    assert "tot &lt;2030&gt;" in page
    assert "De zone Gent &amp; de stad. De enquête" in page
    assert "De functionaris, dpo@zone.invalid" in page
    assert "Politiezone Gent" in page
    assert "Le délégué" in sheet(tmp_path, "fr")


def test_it_tells_of_a_code_and_of_protected_questions_only_where_there_are_some(tmp_path: Path) -> None:
    linked, unlinked = "code of your own", "no code that leads back"
    assert linked in sheet(tmp_path, "en")
    assert unlinked in sheet(tmp_path, "en", design="{linked: no}")
    assert unlinked in sheet(tmp_path, "en", design=None)
    assert linked in sheet(tmp_path, "en", design=None, columns="{respondent: id, wave: wave}")
    assert "Article 9" in sheet(tmp_path, "en")
    plain = sheet(tmp_path, "en", questionnaire="encounter")
    assert "Article 9" not in plain


def test_what_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    sheet(tmp_path, "nl")
    pilot = tm.read_pilot(tmp_path / "pilot.yaml")
    with pytest.raises(DesignError, match=r"'\.html'"):
        tm.information_sheet(pilot, to=tmp_path / "info.pdf")
    with pytest.raises(DesignError, match="takes a pilot"):
        tm.information_sheet("pilot.yaml", to=tmp_path / "info.html")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="cannot write"):
        tm.information_sheet(pilot, to=tmp_path / "pilot.yaml" / "info.html")
