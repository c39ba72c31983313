"""The register: what may be published beside what is out; its file keeps everything or refuses."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.disclosure import register_file
from trustmeter.disclosure.publishing import Imprint, ToldGroup, published, withdraw_publication
from trustmeter.disclosure.register import PublicationRegister
from trustmeter.disclosure.register_file import read_register
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.disclosure.subtraction import PERSON, first_overlap
from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.report.written import report
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score

FEWEST = 10
Maker = Callable[..., Responses]


def code(person: int, told: str = "same") -> str:
    return f"{person:012d}{told:>4}"


def people(*numbers: int) -> frozenset[str]:
    return frozenset(code(number) for number in numbers)


def leaves_few(sets: list[frozenset[int]]) -> bool:
    """Say by the definition whether the first set, with one or two of the others, leaves 1 to 9 people."""
    new, *known = sets
    for one in known:
        if 0 < len(new - one) < FEWEST or 0 < len(one - new) < FEWEST:
            return True
    for pair in combinations(known, 2):
        for signs in product((1, -1), repeat=2):
            everybody = new.union(*pair)
            weight = {
                who: (who in new) + sum(s * (who in one) for s, one in zip(signs, pair, strict=True))
                for who in everybody
            }
            if 0 < sum(value != 0 for value in weight.values()) < FEWEST:
                return True
    return False


groups = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), min_size=1, max_size=2).map(
    lambda spans: frozenset(who for a, b in spans for who in range(min(a, b), max(a, b) + 1))
)


@settings(max_examples=400, deadline=None)
@given(st.lists(groups, min_size=2, max_size=5))
def test_refused_exactly_when_a_combination_leaves_few(sets: list[frozenset[int]]) -> None:
    new, *known = sets
    if new in known:
        assert first_overlap([people(*new)], {str(at): people(*one) for at, one in enumerate(known)}, FEWEST) is None
        return
    found = first_overlap([people(*new)], {str(at): people(*one) for at, one in enumerate(known)}, FEWEST)
    assert (found is not None) == leaves_few(sets)


@settings(max_examples=200, deadline=None)
@given(st.integers(10, 60), st.integers(0, 30), st.integers(0, 30))
def test_two_groups_may_differ_by_nobody_or_by_ten(n: int, lost: int, new: int) -> None:
    first, second = people(*range(n)), people(*range(min(lost, n), n + new))
    lost = min(lost, n)
    refused = first_overlap([second], {"first": first}, FEWEST) is not None
    assert refused == (0 < lost < FEWEST or 0 < new < FEWEST)


@settings(max_examples=200, deadline=None)
@given(st.integers(10, 40), st.integers(0, 40))
def test_people_whose_answers_were_changed_are_others(n: int, changed: int) -> None:
    changed = min(changed, n)
    before = people(*range(n))
    after = frozenset(code(who, "new" if who < changed else "same") for who in range(n))
    assert (first_overlap([after], {"before": before}, FEWEST) is not None) == (0 < changed < FEWEST)


@pytest.mark.parametrize("rest", [0, 1, 9, 10])
def test_a_whole_less_its_parts(rest: int) -> None:
    whole, parts = people(*range(40 + rest)), [people(*range(20)), people(*range(20, 40))]
    assert (first_overlap(parts, {"whole": whole}, FEWEST) is not None) == (0 < rest < FEWEST)
    assert (first_overlap([whole], {"a": parts[0], "b": parts[1]}, FEWEST) is not None) == (0 < rest < FEWEST)


@pytest.mark.parametrize("rest", [0, 1, 9, 10])
def test_a_whole_less_the_many_parts_of_one_partition(rest: int) -> None:
    parts = [people(*range(at, at + 15)) for at in range(0, 75, 15)]
    whole = people(*range(75 + rest))
    assert first_overlap(parts, {"whole": whole}, FEWEST) is None or not rest
    found = first_overlap(parts, {"whole": whole}, FEWEST, [range(5)])
    assert (found is not None) == (0 < rest < FEWEST)


def test_a_code_of_a_person_has_the_length_that_is_read() -> None:
    assert len(code(1)) == register_file.CODE == PERSON + 4


def put(
    place: Path, answers: Responses, rows: Any = None, *, language: str = "en", replaces: str = "", measure: str = "scale trust",
    rule: DisclosureRule | None = None,
) -> PublicationRegister:  # fmt: skip
    chosen = np.ones(len(answers), dtype=bool) if rows is None else np.asarray(rows)
    told = ToldGroup(measure, "everybody", chosen, [str(value) for value in answers.frame["FA1"]])
    imprint = Imprint("A report", language, f"{language}.html", "2026-03-31", replaces)
    with published(place, answers, [told], imprint, rule) as recorded:
        return recorded


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "register.json"


def all_but(answers: Responses, few: int) -> Responses:
    return answers.select(~answers.frame["id"].isin(range(few)).to_numpy())


def test_the_same_answers_pass_in_any_language_and_order(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    put(place, answers)
    turned = answers.select(np.ones(len(answers), dtype=bool))
    order = np.random.default_rng(1).permutation(len(answers))
    turned = Responses(answers.frame.iloc[order], answers.missing.iloc[order], answers.questionnaire, answers.roles)
    found = put(place, turned, language="fr")
    assert [one.language for one in found] == ["en", "fr"]
    assert found.publications[0].data == found.publications[1].data
    assert len(found.people) == 1


def test_the_same_publication_is_recorded_once(make_answers: Maker, place: Path) -> None:
    put(place, make_answers(40))
    first = place.read_bytes()
    assert len(put(place, make_answers(40))) == 1
    assert place.read_bytes() == first


@pytest.mark.parametrize("few", [1, 4, 5, 6])
def test_few_fewer_people_are_refused_without_a_number(few: int, make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    one_wave = answers.select((answers.frame["wave"] == "2022").to_numpy())
    put(place, one_wave)
    with pytest.raises(DesignError) as refusal:
        put(place, all_but(one_wave, few))
    said = str(refusal.value)
    assert "fewer than 10 people" in said
    assert "wait until at least 10 more people" in said
    assert "001 (en.html, 2026-03-31)" in said
    with pytest.raises(DesignError) as other:
        put(place, all_but(one_wave, few + 2))
    assert str(other.value) == said
    assert len(read_register(place)) == 1


def test_ten_fewer_people_pass_and_a_stricter_rule_refuses_them(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    one_wave = answers.select((answers.frame["wave"] == "2022").to_numpy())
    put(place, one_wave)
    with pytest.raises(DesignError, match="fewer than 20 people"):
        put(place, all_but(one_wave, 10), rule=DisclosureRule(publish=20))
    assert len(put(place, all_but(one_wave, 10))) == 2


def test_other_measures_are_held_against_their_own(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    put(place, answers)
    assert len(put(place, all_but(answers, 3), measure="scale effect", language="nl")) == 2


def test_what_was_replaced_still_counts(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    put(place, answers)
    found = put(place, all_but(answers, 10), replaces="001")
    assert found.publications[0].withdrawn == "replaced by 002"
    with pytest.raises(DesignError, match="Not published"):
        put(place, all_but(answers, 2))
    with pytest.raises(DesignError, match="must be one of '001', '002'"):
        put(place, all_but(answers, 30), replaces="7")


def test_what_never_left_the_house_does_not_count(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    put(place, answers)
    assert "withdrawn" in str(withdraw_publication(place, "001"))
    with pytest.raises(DesignError, match="Not published"):
        put(place, all_but(answers, 2))
    withdraw_publication(place, "001", was_out=False)
    assert len(put(place, all_but(answers, 2))) == 2
    with pytest.raises(DesignError, match="True or False"):
        withdraw_publication(place, "001", was_out="no")  # type: ignore[arg-type]


def test_without_codes_of_people_their_answers_tell_them_apart(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    nameless = Responses(answers.frame, answers.missing, answers.questionnaire, type(answers.roles)(wave="wave"))
    put(place, nameless)
    with pytest.raises(DesignError, match="Not published"):
        put(place, nameless.select(np.arange(len(nameless)) > 2))
    assert len(put(place, nameless.select(np.arange(len(nameless)) > 11))) == 2


def test_the_file_is_the_owners_and_tells_of_nobody(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    answers.frame["id"] = "person-" + answers.frame["id"].astype(str)
    found = put(place, answers)
    text = place.read_text(encoding="utf-8")
    assert "person-" not in text
    assert "confidential" in json.loads(text)
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert found.key.hex() in text
    for shown in (repr(found), str(found), str(found.to_dict())):
        assert found.key.hex() not in shown
        assert not any(one in shown for people in found.people.values() for one in people)


def test_two_registers_give_the_same_people_other_codes(make_answers: Maker, tmp_path: Path) -> None:
    one = put(tmp_path / "a" / "r.json", make_answers(40))
    two = put(tmp_path / "b" / "r.json", make_answers(40))
    assert not set().union(*one.people.values()) & set().union(*two.people.values())


def test_reading_gives_back_what_was_written(make_answers: Maker, place: Path) -> None:
    made = put(place, make_answers(40))
    found = read_register(place)
    assert found.publications == made.publications
    assert dict(found.people) == dict(made.people)
    assert found.key == made.key


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no whole JSON file"),
        (b"\xff\xfe", "no whole JSON file"),
        (b"[]", "no register of publications"),
        (b'{"format": "something else"}', "no register of publications"),
        (b'{"format": "trustmeter publication register", "version": 9}', "another version"),
        (b'{"format": "trustmeter publication register", "version": 1}', "damaged, or was changed by hand"),
        (b'{"format": "trustmeter publication register", "version": 1, "key": 5}', "damaged, or was changed by hand"),
    ],
)
def test_foreign_and_broken_files_are_refused_and_left_alone(
    content: bytes, says: str, make_answers: Maker, place: Path
) -> None:
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(DesignError, match=says):
        put(place, make_answers(40))
    assert place.read_bytes() == content
    assert [one.name for one in place.parent.iterdir()] == [place.name]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("r") / "register.json"
    known = PublicationRegister(key=bytes(range(32)), people={"a": people(1, 2, 3)})
    register_file.write_register(known, place)
    content = bytearray(place.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(33, 126).filter(lambda byte: byte != content[at]))
    place.write_bytes(bytes(content))
    with pytest.raises(DesignError):
        read_register(place)


def test_a_new_register_beside_an_old_one_is_refused(make_answers: Maker, place: Path) -> None:
    put(place, make_answers(40))
    with pytest.raises(DesignError, match=r"'register\.json' lies in the same folder"):
        put(place.with_name("regsiter.json"), make_answers(40))
    with pytest.raises(DesignError, match=r"Did you mean 'register\.json'"):
        read_register(place.with_name("regsiter.json"))


def test_a_register_is_a_json_file(make_answers: Maker, tmp_path: Path) -> None:
    for wrong in (tmp_path / "register.txt", 5):
        with pytest.raises(DesignError, match=r"ends in '\.json'"):
            put(wrong, make_answers(40))  # type: ignore[arg-type]


def test_when_the_report_cannot_be_written_nothing_stays_recorded(make_answers: Maker, place: Path) -> None:
    answers = make_answers(40)
    told = ToldGroup("scale trust", "everybody", np.ones(len(answers), dtype=bool), [""] * len(answers))
    with (
        pytest.raises(OSError, match="full"),
        published(place, answers, [told], Imprint("t", "en", "t.html", "2026-03-31")),
    ):
        raise OSError("full")
    assert not place.exists()
    put(place, answers)
    before = place.read_bytes()
    with (
        pytest.raises(OSError, match="full"),
        published(place, answers, [told], Imprint("t", "de", "t.html", "2026-03-31")),
    ):
        raise OSError("full")
    assert place.read_bytes() == before


def test_a_crash_while_writing_leaves_the_old_file(
    make_answers: Maker, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, make_answers(40))
    before = place.read_bytes()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(register_file.os, "fsync", fails)
    with pytest.raises(DesignError, match="cannot be written: No space left on device"):
        put(place, make_answers(40), language="nl")
    assert place.read_bytes() == before
    assert [one.name for one in place.parent.iterdir()] == [place.name]


def test_two_writers_wait_for_each_other(make_answers: Maker, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(place, make_answers(40))
    monkeypatch.setattr(register_file, "PATIENCE", 0.1)
    lock = place.with_name(f".{place.name}.lock")
    lock.touch()
    with pytest.raises(DesignError, match="Somebody else is writing"):
        put(place, make_answers(40), language="nl")
    lock.unlink()
    put(place, make_answers(40), language="nl")


def test_a_folder_that_is_a_file_is_one_sentence(make_answers: Maker, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("here", encoding="utf-8")
    with pytest.raises(DesignError, match=r"cannot be (kept|written)"):
        put(tmp_path / "folder" / "register.json", make_answers(40))


def test_reports_of_one_pilot(make_answers: Maker, place: Path) -> None:
    answers, design = make_answers(60), PilotDesign("2022", "2023")
    change = compare(score(answers), design)
    for language in ("en", "fr"):
        report(
            change, to=place.with_name(f"{language}.html"), language=language, register=place, published="2026-03-31"
        )  # type: ignore[arg-type]
    fewer = compare(score(all_but(answers, 3)), design)
    with pytest.raises(DesignError, match="Not published: beside publication 001"):
        report(fewer, to=place.with_name("late.html"), register=place, published="2026-04-30")
    assert not place.with_name("late.html").exists()
    report(
        compare(score(all_but(answers, 12)), design), to=place.with_name("late.html"), register=place, replaces="001"
    )
    assert [one.file for one in read_register(place)] == ["en.html", "fr.html", "late.html"]


def test_an_answer_corrected_after_publication_is_refused(make_answers: Maker, place: Path) -> None:
    answers, design = make_answers(60), PilotDesign("2022", "2023")
    report(compare(score(answers), design), to=place.with_name("a.html"), register=place)
    answers.frame.loc[0, "FA1"] = 6 - answers.frame.loc[0, "FA1"] if answers.frame.loc[0, "FA1"] != 3 else 1
    with pytest.raises(DesignError, match=r"scale trust \(2022\)"):
        report(compare(score(answers), design), to=place.with_name("b.html"), register=place)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"published": "last week"}, "a day such as"),
        ({"register": None, "replaces": "001"}, "in which register"),
        ({"replaces": "001"}, "must be one of none"),
    ],
)
def test_calls_that_the_register_cannot_follow(
    options: dict[str, Any], says: str, make_answers: Maker, place: Path
) -> None:
    change = compare(score(make_answers(40)), PilotDesign("2022", "2023"))
    with pytest.raises(DesignError, match=says):
        report(change, to=place.with_name("r.html"), **{"register": place, **options})
    assert not place.exists()
