"""What was promised comes back as it was, a changed file is refused, and every deviation is told."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.pilot.promise import USUAL
from trustmeter.pilot.protocol import Protocol, write_protocol
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Responses

DESIGN = tm.PilotDesign("2022", "2023", linked=True)


def promise(**changes: Any) -> Protocol:
    made: dict[str, Any] = {
        "title": "Nearness", "date": "2026-01-31", "design": DESIGN, "scales": ("trust", "fairness"), "primary": "trust",
        "hypotheses": ("Trust rises.",), "smallest_effect": {"trust": 3.0}, "n": 40, "people": 40, "package_version": "0.1.0",
    }  # fmt: skip
    return Protocol(**{**made, **changes})


def frozen(path: Path, **options: Any) -> Protocol:
    plan = tm.plan(DESIGN, n=40, smallest_effect=3.0)
    return plan.to_protocol(path, **{"title": "Nearness", "date": "2026-01-31", "scales": "trust", **options})


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    str.strip
)
NAMES = st.lists(st.text("abcdefgh_é", min_size=1, max_size=8), min_size=1, max_size=4, unique=True)


@settings(max_examples=60, deadline=None)
@given(
    title=TEXTS, hypotheses=st.lists(TEXTS, max_size=3), scales=NAMES, waves=st.lists(TEXTS, min_size=2, max_size=2, unique_by=str.strip),
    level=st.floats(0.5, 0.999), smallest=st.floats(1e-6, 50), linked=st.sampled_from([True, False, None, "overlap"]),
    covariates=st.lists(TEXTS, max_size=2), areas=st.booleans(),
)  # fmt: skip
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, **drawn: Any) -> None:
    where: Any = {"area": "district", "treated": ["a", "1e5"], "comparison": ["no", "007"]} if drawn["areas"] else {}
    design = tm.PilotDesign(*drawn["waves"], linked=drawn["linked"], covariates=drawn["covariates"], **where)
    made = promise(
        title=drawn["title"], hypotheses=tuple(drawn["hypotheses"]), scales=tuple(drawn["scales"]), primary=drawn["scales"][0],
        design=design, conf_level=drawn["level"], smallest_effect={drawn["scales"][-1]: drawn["smallest"]},
        assumptions={"sd": drawn["smallest"]},
    )  # fmt: skip
    file = tmp_path_factory.mktemp("protocol") / "p.yaml"
    write_protocol(made, file)
    back = tm.read_protocol(file)
    assert back == made
    assert back.sha256 == made.sha256
    assert made.sha256 in file.with_suffix(".md").read_text(encoding="utf-8")


def test_any_changed_byte_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    frozen(file, hypotheses="Trust rises: by more than 3 points, “really”.")
    raw = file.read_bytes()
    for place in range(0, len(raw), 7):
        for other in {raw[place] ^ 1, raw[place] ^ 32, 32, 10} - {raw[place]}:
            file.write_bytes(raw[:place] + bytes([other]) + raw[place + 1 :])
            with pytest.raises(DesignError):
                tm.read_protocol(file)
    for changed in (raw + b"\n", raw[:-1], raw.replace(b"\n", b"\r\n", 1), b"", b"\xef\xbb\xbf" + raw):
        file.write_bytes(changed)
        with pytest.raises(DesignError):
            tm.read_protocol(file)


def test_line_ends_of_another_system_are_no_change(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    made = frozen(file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert tm.read_protocol(file) == made


def test_the_changed_part_is_named(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    frozen(file)
    file.write_text(file.read_text(encoding="utf-8").replace("trust: 3.0", "trust: 1.0"), encoding="utf-8")
    with pytest.raises(DesignError, match=r"changed after it was frozen.*smallest_effect"):
        tm.read_protocol(file)


def test_a_changed_part_with_a_new_hash_of_its_own_is_noticed(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    frozen(one)
    frozen(other, min_n=20)
    part = re.search(r"min_n: \w{8}|min_n: '\w{8}'", other.read_text(encoding="utf-8"))
    assert part is not None
    text = one.read_text(encoding="utf-8").replace("min_n: 10", "min_n: 20")
    one.write_text(re.sub(r"min_n: '?[0-9a-f]{8}'?", part.group(), text), encoding="utf-8")
    with pytest.raises(DesignError, match="changed after it was frozen"):
        tm.read_protocol(one)


def test_the_hash_is_of_the_content() -> None:
    assert promise().sha256 == promise().sha256
    for changes in (
        {"n": 41},
        {"title": "nearness"},
        {"date": "2026-02-01"},
        {"design": dataclasses.replace(DESIGN, linked=None)},
    ):
        assert promise(**changes).sha256 != promise().sha256


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "title"), ({"date": "31.1.2026"}, "day of the promise"), ({"date": "today"}, "day of the promise"),
        ({"scales": ()}, "scales"), ({"scales": ("a", "a")}, "scales"), ({"primary": "police"}, "judged"),
        ({"smallest_effect": {"police": 1.0}}, "smallest_effect"), ({"smallest_effect": {"trust": 0.0}}, "smallest_effect"),
        ({"conf_level": 1.0}, "conf_level"), ({"min_n": 1}, "min_n"), ({"adjustment": "sidak"}, "adjustment"),
    ],
)  # fmt: skip
def test_a_promise_that_says_nothing_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        promise(**changes)


def test_a_plan_for_one_scale_promises_no_two(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="Plan again with `scales=2`"):
        frozen(tmp_path / "p.yaml", scales=["trust", "fairness"], primary="trust")
    with pytest.raises(DesignError, match=r"\.yaml"):
        frozen(tmp_path / "p.txt")
    with pytest.raises(DesignError, match="no protocol"):
        tm.read_protocol(tmp_path / "nothing.yaml")


@pytest.fixture
def promised(tiny: Questionnaire) -> Protocol:
    return tm.plan(DESIGN, n=40, smallest_effect=3.0).to_protocol(
        title="Nearness", date="2026-01-31", scales="trust", questionnaire=tiny
    )


def deviations(found: tm.Comparison) -> list[str]:
    return [note.partition(": ")[2] for note in found.notes if note.startswith("Deviation from protocol")]


def test_what_was_promised_is_run(make_answers: Callable[..., Responses], promised: Protocol) -> None:
    scores = tm.score(make_answers(60, shift=0.4))
    found = tm.compare(scores, DESIGN, protocol=promised)
    assert found.notes[0] == f"Run as promised in protocol {promised.short} (Nearness, 2026-01-31): no deviation."
    assert list(found.verdicts) == ["trust"]
    assert found.smallest_effect == {"trust": 3.0}
    assert found.provenance.options["protocol"] == promised.sha256
    plain = tm.compare(scores, DESIGN, scale="trust", smallest_effect=3.0)
    assert found.table.equals(plain.table)
    assert "smallest" not in " ".join(deviations(found))


@pytest.mark.parametrize(
    ("options", "design", "told"),
    [
        ({"conf_level": 0.9}, DESIGN, "`conf_level` was 0.9, promised 0.95"),
        ({"adjustment": "none"}, DESIGN, "`adjustment` was 'none', promised 'holm'"),
        ({"min_n": 12}, DESIGN, "`min_n` was 12, promised 10"),
        ({"seed": 7}, DESIGN, "the `seed` of what is drawn was 7, promised 0"),
        ({"seed": None}, DESIGN, "the `seed` of what is drawn was not given, promised 0"),
        ({"smallest_effect": 1.0}, DESIGN, "the smallest effect of trust was 1, promised 3"),
        ({"scale": ["trust", "fairness"]}, DESIGN, "scales compared were trust, fairness, promised trust"),
        ({"scale": "fairness"}, DESIGN, "scales compared were fairness, promised trust"),
        ({}, tm.PilotDesign("2022", "2023", linked=False), "the design's `linked` was False, promised True"),
        ({}, tm.PilotDesign("2023", "2022", linked=True), "the design's `before` was '2023', promised '2022'"),
        ({}, tm.PilotDesign("2022", "2023", linked=True, covariates=["SEX"]), "the design's `covariates` was SEX, promised empty"),
        ({}, tm.PilotDesign("2022", "2023", linked=True, zone="North"), "the design's `zone` was 'North', promised not given"),
    ],
)  # fmt: skip
def test_every_deviation_is_told(
    options: dict[str, Any],
    design: tm.PilotDesign,
    told: str,
    make_answers: Callable[..., Responses],
    promised: Protocol,
) -> None:
    answers = make_answers(60)
    if design.covariates:
        answers = dataclasses.replace(answers, roles=dataclasses.replace(answers.roles, kept=("SEX",)))
    found = tm.compare(tm.score(answers), design, protocol=promised, **options)
    assert told in [one.removesuffix(".") for one in deviations(found)]
    assert not any("no deviation" in note for note in found.notes)


def test_the_promised_seed_is_used_and_stored(
    tmp_path: Path, make_answers: Callable[..., Responses], tiny: Questionnaire
) -> None:
    frozen(tmp_path / "p.yaml", questionnaire=tiny, seed=11)
    scores = tm.score(make_answers(60))
    found = tm.compare(scores, DESIGN, protocol=tm.read_protocol(tmp_path / "p.yaml"))
    assert found.provenance.options["seed"] == 11
    assert not deviations(found)
    assert tm.compare(scores, DESIGN).provenance.options["seed"] == 0
    assert promise(seed=1).sha256 != promise().sha256
    with pytest.raises(DesignError, match="seed"):
        promise(seed=-1)


def test_fewer_people_other_wording_and_other_scores_are_told(
    make_answers: Callable[..., Responses], promised: Protocol
) -> None:
    few = tm.compare(tm.score(make_answers(25)), DESIGN, protocol=promised)
    assert deviations(few) == ["trust rests on 25 people, planned 40."]
    hidden = tm.compare(tm.score(make_answers(8)), DESIGN, protocol=promised)
    assert deviations(hidden) == ["trust rests on too few people to tell of, planned 40."]
    answers = make_answers(60)
    reworded = dataclasses.replace(
        answers, questionnaire=dataclasses.replace(answers.questionnaire, fingerprint="f" * 12)
    )
    assert "wording ffffffffffff" in deviations(tm.compare(tm.score(reworded), DESIGN, protocol=promised))[0]
    summed = tm.compare(tm.score(make_answers(60), method="sum"), DESIGN, protocol=promised)
    assert deviations(summed) == ["scores were made by 'sum', promised 'pomp'."]


def test_fewer_areas_are_told(make_answers: Callable[..., Responses], tiny: Questionnaire) -> None:
    design = tm.PilotDesign("2022", "2023", linked=True, clusters="street")
    made = tm.plan(design, n=40, areas=8).to_protocol(title="Streets", date="2026-01-31", scales="trust")
    answers = make_answers(60)
    frame = answers.frame.assign(street=(answers.frame["id"].astype(int) % 6).astype("string"))
    answers = dataclasses.replace(answers, frame=frame, roles=dataclasses.replace(answers.roles, kept=("street",)))
    found = tm.compare(tm.score(answers), design, protocol=made)
    assert deviations(found) == ["6 clusters have answers, planned 8."]


def test_no_protocol_is_refused(make_answers: Callable[..., Responses], promised: Protocol) -> None:
    scores = tm.score(make_answers(40))
    with pytest.raises(DesignError, match="read_protocol"):
        tm.compare(scores, DESIGN, protocol="protocol.yaml")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="compares groups"):
        tm.compare(scores.select(scores.frame["wave"] == "2022"), tm.GroupDesign("SEX", "F", "M"), protocol=promised)


def test_usual_arguments_are_those_of_compare() -> None:
    defaults = inspect.signature(tm.compare).parameters
    assert {name: defaults[name].default for name in USUAL} == dict(USUAL)
