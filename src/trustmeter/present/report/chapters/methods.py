"""How the numbers are made: one entry a method, to which every table points, and what a reader needs to check the rest."""

from __future__ import annotations

from collections.abc import Iterable

from trustmeter.pilot.change.result import question_row
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.chapters.results import method_of
from trustmeter.present.report.chapters.speaks_for import scored
from trustmeter.present.report.document import Fact, Method, Table

Source = tuple[str, str]

PREFIX = "method-"
DOI = "https://doi.org/"

SOURCES: dict[str, Source] = {
    "bonett": ("Bonett (2008), Psychological Methods 13, 99–109", "10.1037/1082-989X.13.2.99"),
    "chen": ("Chen (2007), Structural Equation Modeling 14, 464–504", "10.1080/10705510701301834"),
    "cronbach": ("Cronbach (1951), Psychometrika 16, 297–334", "10.1007/BF02310555"),
    "davis": ("Davis (1976), American Journal of Epidemiology 104, 493–498", "10.1093/oxfordjournals.aje.a112321"),
    "deming": ("Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427–444", "10.1214/aoms/1177731829"),
    "deville": ("Deville & Särndal (1992), J. of the American Statistical Association 87, 376–382",
                "10.1080/01621459.1992.10475217"),
    "gelman": ("Gelman & Stern (2006), The American Statistician 60, 328–331", "10.1198/000313006X152649"),
    "holm": ("Holm (1979), Scandinavian Journal of Statistics 6, 65–70", ""),
    "hooper": ("Hooper, Teerenstra, de Hoop & Eldridge (2016), Statistics in Medicine 35, 4718–4728", "10.1002/sim.7028"),
    "hundepool": ("Hundepool et al. (2012), Statistical Disclosure Control, Wiley", "10.1002/9781118348239"),
    "imbens": ("Imbens & Manski (2004), Econometrica 72, 1845–1857", "10.1111/j.1468-0262.2004.00555.x"),
    "jacobson": ("Jacobson & Truax (1991), J. of Consulting and Clinical Psychology 59, 12–19", "10.1037/0022-006X.59.1.12"),
    "konietschke": ("Konietschke & Pauly (2012), Electronic Journal of Statistics 6, 1358–1372", "10.1214/12-EJS714"),
    "kish": ("Kish (1992), Journal of Official Statistics 8, 183–200", ""),
    "lakens": ("Lakens (2017), Social Psychological and Personality Science 8, 355–362", "10.1177/1948550617697177"),
    "lance": ("Lance, Butts & Michels (2006), Organizational Research Methods 9, 202–220", "10.1177/1094428105284919"),
    "lee": ("Lee (2009), Review of Economic Studies 76, 1071–1102", "10.1111/j.1467-937X.2009.00536.x"),
    "lord": ("Lord (1967), Psychological Bulletin 68, 304–305", "10.1037/h0025105"),
    "mcdonald": ("McDonald (1999), Test Theory: A Unified Treatment", "10.4324/9781410601087"),
    "meade": ("Meade & Craig (2012), Psychological Methods 17, 437–455", "10.1037/a0028085"),
    "nunnally": ("Nunnally & Bernstein (1994), Psychometric Theory, 3rd ed.", ""),
    "oort": ("Oort (2005), Quality of Life Research 14, 587–598", "10.1007/s11136-004-0830-y"),
    "pustejovsky": ("Pustejovsky & Tipton (2018), J. of Business & Economic Statistics 36, 672–683",
                    "10.1080/07350015.2016.1247004"),
    "romano": ("Romano & Wolf (2005), J. of the American Statistical Association 100, 94–108", "10.1198/016214504000000539"),
    "satorra": ("Satorra & Bentler (2001), Psychometrika 66, 507–514", "10.1007/BF02296192"),
    "wu": ("Wu & Estabrook (2016), Psychometrika 81, 1014–1045", "10.1007/s11336-016-9506-0"),
}  # fmt: skip
"""Sources with their DOI, where there is one."""

METHODS: dict[str, tuple[str, tuple[str, ...]]] = {
    "paired": ("paired t", ("bonett",)),
    "waves": ("Welch t", ("bonett",)),
    "overlap": ("partly overlapping samples", ("bonett",)),
    "groups": ("Welch t", ("bonett",)),
    "effect": ("difference in differences", ("pustejovsky",)),
    "family": ("Holm", ("holm", "romano")),
    "smallest": ("two one-sided tests", ("lakens",)),
    "moved": ("1.96 √2 SEM", ("jacobson",)),
    "all": ("", ("bonett",)),
    "margins": ("(p − π) / √(π (1 − π))", ("hundepool",)),
    "weights": ("n Σw² / (Σw)²", ("deming", "deville", "kish")),
    "beside": ("", ("deville",)),
    "counts": ("", ("hundepool",)),
    "answers": ("", ("hundepool",)),
    "missing": ("", ("hundepool",)),
    "quality": ("", ("meade",)),
    "reliability": ("Cronbach’s α, McDonald’s ω", ("cronbach", "mcdonald", "lance")),
    "items": ("", ("nunnally",)),
    "comparability": ("measurement invariance", ("wu", "satorra", "chen")),
    "alternatives": ("", ("lord", "konietschke")),
    "lost": ("inverse probability weights, Lee bounds", ("lee", "imbens")),
    "latent": ("", ("oort", "wu")),
    "subgroups": ("interaction", ("gelman",)),
    "regression": ("", ("davis",)),
    "incidents": ("", ()),
    "planned": ("", ("hooper",)),
    "other": ("", ()),
}
"""Method → the name of its formula as statisticians call it, and its sources. Its plain words are in the wording files."""

LEFT_OUT = {
    "other areas, or none": "other_areas",
    "people of one of the two waves only": "one_wave",
    "rows without a covariate": "no_covariate",
    "rows of weight zero": "weight_zero",
}
"""Why a larger design leaves rows out, and the words for it."""


def methods_of(tables: Iterable[Table], material: Material) -> list[Method]:
    """Return the methods that the tables point to, and those of the verdicts."""
    used = {table.method.removeprefix(PREFIX) for table in tables} | {method_of(material)}
    if len(material.change.verdicts) > 1 and material.change.provenance.options.get("adjustment") != "none":
        used.add("family")
    if any(material.change.smallest_effect.values()):
        used.add("smallest")
    return [_method(key, material) for key in METHODS if key in used]


def _method(key: str, material: Material) -> Method:
    formula, sources = METHODS[key]
    if key == method_of(material):
        formula = _asked(material) or formula
    if key == "family":
        formula = str(material.change.provenance.options.get("adjustment") or formula)
    listed = tuple((SOURCES[one][0], DOI + SOURCES[one][1] if SOURCES[one][1] else "") for one in sources)
    say = material.phrases.say
    return Method(f"{PREFIX}{key}", say(f"method.{key}.name"), say(f"method.{key}.text"), formula, listed)


def _asked(material: Material) -> str:
    """Return how the numbers were made that the verdicts speak of, as the comparison names it."""
    table = material.change.table
    asked = [question_row(table[table["scale"] == scale]) for scale in material.change.verdicts]
    return "; ".join(sorted({str(row["method"]) for row in asked if row["method"] and not row["suppressed"]}))


def facts_of(material: Material) -> list[Fact]:
    """Return what a reader needs to check the report: name, fact, and the language of the fact."""
    change, phrases, say = material.change, material.phrases, material.phrases.say
    source, language, known = change.provenance, phrases.language, material.known
    first, second = material.names
    options = [f"{name} = {value}" for name, value in source.options.items() if name != "contrast"]
    counts = scored(material)
    telling = any(n < material.rule.publish or 0 < without < material.rule.show for _, n, without in counts)
    used = say("cell.concealed") if telling else phrases.whole(source.rows_used)
    facts = [
        (say("report.questionnaire"), f"{known.title.read(language)} ({known.id} {known.version}, {known.fingerprint})", language),
        (say("report.status"), phrases.say_or(f"status.{known.status}", known.status), language),
        (say("report.design"), say("report.compared", first=first, second=second), language),
        (say("report.rows"), used, language),
        (say("report.left_out"), "; ".join(_left_out(material)), language),
        (say("report.methods_used"), "; ".join(sorted({one for one in change.table["method"] if one})), "en"),
        (say("report.options"), "; ".join(options), "en"),
        (say("report.source"), source.source, language),
        (say("report.package"), f"trustmeter {source.package_version}", language),
    ]  # fmt: skip
    return [Fact(*fact) for fact in facts if fact[1]]


def _left_out(material: Material) -> list[str]:
    """Return why rows were left out and how many, in the language of the report."""
    phrases = material.phrases
    words = {f"only in {name}": phrases.say("left_out.only_in", wave=name) for name in material.names}
    words |= {f"other {kind}": phrases.say(f"left_out.other_{kind}") for kind in ("waves", "groups")}
    words |= {reason: phrases.say(f"left_out.{key}") for reason, key in LEFT_OUT.items()}
    left_out = material.change.provenance.rows_left_out.items()
    for reason in material.change.scores.answers.left_out:
        signs = [phrases.say_or(f"sign.{rule}", rule) for rule in reason.removeprefix("flagged as ").split(", ")]
        words[reason] = phrases.say("left_out.flagged", signs=phrases.join(signs))
    return [f"{words.get(reason, reason)}: {material.people(n, material.rule.show)}" for reason, n in left_out]
