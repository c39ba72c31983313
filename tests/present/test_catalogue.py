"""The page of an instrument holds everything it asks, in every language, and what is known."""

from __future__ import annotations

import pytest

from trustmeter.errors import DesignError
from trustmeter.present.catalogue import catalogue_page
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder

ON_THE_SHELF = sorted(path.parent.name for path in shelf_folder().glob("*/questionnaire.yaml"))


@pytest.mark.parametrize("name", ON_THE_SHELF)
def test_every_item_stands_there_in_every_language(name: str) -> None:
    found = load_questionnaire(name)
    page = catalogue_page(found)
    for item in found.items:
        assert f"`{item.id}`" in page
        for language in found.languages:
            assert " ".join(item.text.read(language).split()).replace("|", "\\|") in page
    assert found.standing in page
    assert found.fingerprint in page
    assert "## Evidence" in page
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_languages_may_be_chosen_and_an_unfinished_one_says_so() -> None:
    encounter = load_questionnaire("encounter")
    page = catalogue_page(encounter, languages=["nl", "ar"])
    assert "| nl | ar |" in page
    assert "**ar is not finished.**" in page
    assert encounter.item("RS01").text.read("fr") not in page
    with pytest.raises(DesignError, match="Did you mean 'fr'"):
        catalogue_page(encounter, languages=["f"])
    with pytest.raises(DesignError, match="takes a questionnaire"):
        catalogue_page("encounter")  # type: ignore[arg-type]
