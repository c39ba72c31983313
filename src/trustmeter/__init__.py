"""trustmeter measures whether trust between police and communities changed: from a questionnaire to a pilot's answer.

The names below are the whole public interface; each says in its docstring what it needs, gives and refuses.
"""

from trustmeter.authoring.code_block import add_link_code
from trustmeter.disclosure.anonymity import AnonymityReport, check_anonymity
from trustmeter.disclosure.export import safe_export
from trustmeter.disclosure.publishing import withdraw_publication
from trustmeter.disclosure.redaction import redact
from trustmeter.disclosure.register import PublicationRegister
from trustmeter.disclosure.register_file import read_register
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.disclosure.table import SafeTable, safe_table
from trustmeter.errors import (
    DesignError,
    EstimationError,
    MissingExtraError,
    Problem,
    QuestionnaireError,
    ResponsesError,
    TrustmeterError,
    TrustmeterWarning,
)
from trustmeter.estimation.association import AssociationTest, rao_scott
from trustmeter.estimation.domains import DomainComparison, compare_domains
from trustmeter.estimation.estimating import estimate, estimate_ratio
from trustmeter.estimation.handover import to_svy
from trustmeter.estimation.regression import DesignRegression, design_regression
from trustmeter.estimation.replicating import make_replicates, replicate_estimate
from trustmeter.estimation.result import SurveyEstimates
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.forms.submission import read_submissions
from trustmeter.exchange.paper.layout import paper_layout
from trustmeter.exchange.paper.marks import read_marks
from trustmeter.exchange.pulling.live import pull_responses
from trustmeter.exchange.reading.mapping import ColumnMapping, propose_mapping
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.fieldwork.completing import completion
from trustmeter.fieldwork.rates import ResponseRates, response_rates
from trustmeter.focus_groups.coders import CodeAgreement, code_agreement
from trustmeter.focus_groups.files.codebook_file import write_codebook
from trustmeter.focus_groups.frequency import CodeFrequencies, code_frequencies
from trustmeter.focus_groups.joint import JointDisplay, joint_display
from trustmeter.focus_groups.model import Segments
from trustmeter.focus_groups.quoting import quotes
from trustmeter.focus_groups.reading import read_segments
from trustmeter.linking.keys import pseudonymise
from trustmeter.linking.result import WaveLinks
from trustmeter.linking.waves import link_waves
from trustmeter.pilot.array import ArrayComparison, compare_groups, compare_paired
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.estimators.alternatives import compare_estimators
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.evaluation.evaluated import evaluate_pilot
from trustmeter.pilot.evaluation.recorded import write_result
from trustmeter.pilot.evaluation.result import PilotEvaluation
from trustmeter.pilot.evaluation.result_file import PilotRecord, read_result
from trustmeter.pilot.file.answers import read_pilot_answers
from trustmeter.pilot.file.model import Pilot
from trustmeter.pilot.file.reader import read_pilot
from trustmeter.pilot.incident import IncidentReport, check_incidents
from trustmeter.pilot.latent.result import LatentChange
from trustmeter.pilot.latent.trait import latent_change
from trustmeter.pilot.missing.completion import Imputations, impute
from trustmeter.pilot.missing.loss import AttritionResult, attrition
from trustmeter.pilot.missing.pooled import PooledResult, pool
from trustmeter.pilot.missing.selection import RegressionToMean, regression_to_mean
from trustmeter.pilot.planning.planned import plan
from trustmeter.pilot.planning.result import Plan
from trustmeter.pilot.protocol import Protocol, read_protocol
from trustmeter.pilot.subgroup import SubgroupResult, compare_subgroups
from trustmeter.pilot.synthesis.composite import primary_index
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.pilot.synthesis.zones import synthesize
from trustmeter.population.margins import Margins
from trustmeter.population.margins_file import read_margins, write_margins
from trustmeter.population.model import Population
from trustmeter.population.registry import list_zones
from trustmeter.population.statbel import read_population
from trustmeter.population.stating import margins
from trustmeter.population.zone import zone_margins
from trustmeter.present.handout.deck import slides
from trustmeter.present.handout.information import information_sheet
from trustmeter.present.handout.table_sheet import copmite_sheet
from trustmeter.present.plots import plot
from trustmeter.present.report.written import report
from trustmeter.present.tables import to_table
from trustmeter.present.toolbox.site import build_toolbox
from trustmeter.psychometrics.agreement.change import important_change, reliable_change, responsiveness
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.psychometrics.agreement.methods import bland_altman, concordance
from trustmeter.psychometrics.agreement.occasions import retest
from trustmeter.psychometrics.agreement.ratings import icc
from trustmeter.psychometrics.agreement.result import AgreementResult, StabilityResult
from trustmeter.psychometrics.comparability.alignment import AlignmentResult, align
from trustmeter.psychometrics.comparability.bias import BiasResult, check_item_bias
from trustmeter.psychometrics.comparability.invariance import InvarianceResult, check_invariance
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult, alpha, omega, reliability
from trustmeter.psychometrics.items import ItemAnalysis, analyze_items
from trustmeter.psychometrics.response.ability import IrtScores, PlausibleValues, irt_scores, plausible_values
from trustmeter.psychometrics.response.calibrate import IrtResult, irt
from trustmeter.psychometrics.response.goodness import ItemFitResult, item_fit
from trustmeter.psychometrics.response.linkage import LinkResult, link_scales
from trustmeter.psychometrics.structure.confirmation import CfaResult, cfa
from trustmeter.psychometrics.structure.correlation import CorrelationResult, polychoric
from trustmeter.psychometrics.structure.exploration.factors import FactorResult, efa
from trustmeter.psychometrics.structure.exploration.retention import DimensionalityResult, dimensionality
from trustmeter.psychometrics.structure.factor_scoring import FactorScoreResult, factor_scores
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import demo_file, list_questionnaires, load_questionnaire
from trustmeter.responses.design import Replicates, SurveyDesign
from trustmeter.responses.flags import Flags
from trustmeter.responses.keying import keyed_items
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import QualityReport, check_quality
from trustmeter.responses.simulation import simulate_responses
from trustmeter.scoring.composite import score
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores
from trustmeter.toolbox.reader import read_cards
from trustmeter.validation.record import evidence
from trustmeter.validation.study import ValidationReport, validate
from trustmeter.weighting.adjusting import calibrate, post_stratify, rake
from trustmeter.weighting.nonresponse import nonresponse_weights
from trustmeter.weighting.representing import Representation, representation
from trustmeter.weighting.result import Weighting
from trustmeter.weighting.trimming import trim_weights
from trustmeter.zones.order import ZoneRanking
from trustmeter.zones.profile import profile_zones
from trustmeter.zones.ranking import rank_zones
from trustmeter.zones.result import ZoneProfile

__all__ = [
    "AgreementResult",
    "AlignmentResult",
    "AnonymityReport",
    "ArrayComparison",
    "AssociationTest",
    "AttritionResult",
    "BiasResult",
    "CfaResult",
    "CodeAgreement",
    "CodeFrequencies",
    "ColumnMapping",
    "Comparison",
    "CorrelationResult",
    "DesignError",
    "DesignRegression",
    "DimensionalityResult",
    "DisclosureRule",
    "DomainComparison",
    "EstimationError",
    "EstimatorComparison",
    "FactorResult",
    "FactorScoreResult",
    "Flags",
    "GroupDesign",
    "Imputations",
    "IncidentReport",
    "InvarianceResult",
    "IrtResult",
    "IrtScores",
    "ItemAnalysis",
    "ItemFitResult",
    "JointDisplay",
    "LatentChange",
    "LinkResult",
    "Margins",
    "MissingExtraError",
    "Pilot",
    "PilotDesign",
    "PilotEvaluation",
    "PilotRecord",
    "Plan",
    "PlausibleValues",
    "PooledResult",
    "Population",
    "Problem",
    "Protocol",
    "PublicationRegister",
    "QualityReport",
    "Questionnaire",
    "QuestionnaireError",
    "RegressionToMean",
    "ReliabilityResult",
    "Replicates",
    "Representation",
    "ResponseRates",
    "Responses",
    "ResponsesError",
    "SafeTable",
    "Scores",
    "Segments",
    "StabilityResult",
    "SubgroupResult",
    "SurveyDesign",
    "SurveyEstimates",
    "SynthesisResult",
    "TrustmeterError",
    "TrustmeterWarning",
    "ValidationReport",
    "WaveLinks",
    "WeightedBeside",
    "Weighting",
    "ZoneProfile",
    "ZoneRanking",
    "add_link_code",
    "align",
    "alpha",
    "analyze_items",
    "attrition",
    "bland_altman",
    "build_toolbox",
    "calibrate",
    "cfa",
    "check_anonymity",
    "check_incidents",
    "check_invariance",
    "check_item_bias",
    "check_quality",
    "check_questionnaire",
    "code_agreement",
    "code_frequencies",
    "compare",
    "compare_domains",
    "compare_estimators",
    "compare_groups",
    "compare_paired",
    "compare_subgroups",
    "completion",
    "concordance",
    "copmite_sheet",
    "demo_file",
    "design_regression",
    "dimensionality",
    "efa",
    "estimate",
    "estimate_ratio",
    "evaluate_pilot",
    "evidence",
    "export_questionnaire",
    "factor_scores",
    "icc",
    "important_change",
    "impute",
    "information_sheet",
    "irt",
    "irt_scores",
    "item_fit",
    "joint_display",
    "kappa",
    "keyed_items",
    "krippendorff_alpha",
    "latent_change",
    "link_scales",
    "link_waves",
    "list_questionnaires",
    "list_zones",
    "load_questionnaire",
    "make_replicates",
    "margins",
    "nonresponse_weights",
    "omega",
    "paper_layout",
    "plan",
    "plausible_values",
    "plot",
    "polychoric",
    "pool",
    "post_stratify",
    "primary_index",
    "profile_zones",
    "propose_mapping",
    "pseudonymise",
    "pull_responses",
    "quotes",
    "rake",
    "rank_zones",
    "rao_scott",
    "read_cards",
    "read_margins",
    "read_marks",
    "read_pilot",
    "read_pilot_answers",
    "read_population",
    "read_protocol",
    "read_register",
    "read_responses",
    "read_result",
    "read_scores",
    "read_segments",
    "read_submissions",
    "redact",
    "regression_to_mean",
    "reliability",
    "reliable_change",
    "replicate_estimate",
    "report",
    "representation",
    "response_rates",
    "responsiveness",
    "retest",
    "safe_export",
    "safe_table",
    "score",
    "simulate_responses",
    "slides",
    "synthesize",
    "to_svy",
    "to_table",
    "trim_weights",
    "validate",
    "withdraw_publication",
    "write_codebook",
    "write_margins",
    "write_result",
    "zone_margins",
]
