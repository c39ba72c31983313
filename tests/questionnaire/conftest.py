"""A small questionnaire on disk, without a fault, in two languages."""

from __future__ import annotations

from pathlib import Path

import pytest

STRUCTURE = """\
id: good
version: 1.0.0
status: adapted
base_language: en
languages: [en, fr]
licence: CC-BY-4.0
source: Ours
response_scales:
  - id: yesno
    type: nominal
    options:
      - {code: yes}
      - {code: no}
  - id: agree5
    type: ordinal
    options:
      - {code: 1}
      - {code: 2}
      - {code: 3}
      - {code: 4}
      - {code: 5}
      - {code: 88, kind: dont_know}
  - id: freq
    type: ordinal
    options:
      - {code: A, value: 0}
      - {code: B, value: 10}
  - id: age_years
    type: number
    minimum: 16
    maximum: 110
    options:
      - {code: 999, kind: refused}
  - id: words
    type: text
sections:
  - id: consent
    items:
      - {id: CONSENT, response_scale: yesno, required: yes}
  - id: trust
    show_if: {eq: [CONSENT, yes]}
    items:
      - {id: TR01, response_scale: agree5, short_form: yes}
      - {id: TR02, response_scale: agree5, short_form: yes}
      - {id: TR03, response_scale: agree5}
      - {id: CO01, response_scale: freq}
      - {id: CO02, response_scale: words, show_if: {in: [CO01, [A, B]]}}
  - id: origin
    optional: yes
    special_category: yes
    reason: To compare groups.
    items:
      - {id: AGE, response_scale: age_years}
scales:
  - id: trust
  - id: fair
    items: [TR01, TR02]
    reversed: [TR02]
    min_answered: 2
    parent: trust
  - id: effect
    items: [TR03]
    parent: trust
"""

ENGLISH = """\
title: Good
introduction: Hello.
sections:
  consent: {title: Consent}
  trust: {title: Trust, text: The police here}
  origin: {title: Origin}
items:
  CONSENT: Do you take part?
  TR01: They are fair.
  TR02: They are rude.
  TR03: They are quick.
  CO01: How often?
  CO02: Where?
  AGE: How old are you?
response_scales:
  yesno: {yes: Yes, no: No}
  agree5: {1: Not at all, 5: Fully, 88: Don't know}
  freq: {A: Never, B: Always}
  age_years: {999: Not said}
scales:
  trust: {name: Trust}
  fair: {name: Fairness}
  effect: {name: Effect}
"""

FRENCH = """\
title: Bon
introduction: Bonjour.
sections:
  consent: {title: Accord}
  trust: {title: Confiance, text: "Ici, la police"}
  origin: {title: Origine}
items:
  CONSENT: Participez-vous ?
  TR01: Elle est juste.
  TR02: Elle est impolie.
  TR03: Elle est rapide.
  CO01: À quelle fréquence ?
  CO02: Où ?
  AGE: Quel âge avez-vous ?
response_scales:
  yesno: {yes: Oui, no: Non}
  agree5: {1: Pas du tout, 5: Tout à fait, 88: Ne sait pas}
  freq: {A: Jamais, B: Toujours}
  age_years: {999: Non dit}
scales:
  trust: {name: Confiance}
  fair: {name: Équité}
  effect: {name: Effet}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return the folder of a questionnaire in which nothing is wrong."""
    folder = tmp_path / "good"
    folder.mkdir()
    files = {"questionnaire.yaml": STRUCTURE, "en.yaml": ENGLISH, "fr.yaml": FRENCH, "SOURCE.md": "Ours.\n"}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """Return the same questionnaire, English only, as a single file."""
    path = tmp_path / "good.yaml"
    inside = "".join(f"  {line}\n" for line in ENGLISH.splitlines())
    path.write_text(STRUCTURE.replace("[en, fr]", "[en]") + "texts:\n" + inside, encoding="utf-8")
    return path
