from __future__ import annotations

from string import Formatter

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.quality_rules import RULES, Rule, check_thresholds
from olmocr_core.domain.settings import Quality

EXTRA = Rule("max_capitals", "capital_share", "at most", "{value} of {limit}", threshold=0.5)


def test_every_rule_has_one_name_and_one_place_for_its_threshold() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert (rule.threshold is None) == (rule.name in Quality.model_fields), rule.name


def test_every_sentence_holds_its_numbers() -> None:
    for rule in RULES:
        assert {field for _, field, _, _ in Formatter().parse(rule.sentence) if field} == {"value", "limit"}, rule.name


def test_thresholds_are_only_for_rules_without_a_setting() -> None:
    with pytest.raises(ValueError, match="no rule takes a threshold named 'max_mojibake'; those that do: none"):
        check_thresholds({"max_mojibake": 0.1})
    with pytest.raises(UsageError, match=r"setting 'quality.thresholds' \(flag or flow parameter\): .*named 'typo'"):
        load_settings({"quality": {"thresholds": {"typo": 1}}}, environ={})


def test_a_rule_of_the_table_takes_its_threshold_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olmocr_core.domain.quality_rules.RULES", (*RULES, EXTRA))
    settings = load_settings(environ={"OLMOCR_QUALITY__THRESHOLDS__MAX_CAPITALS": "0.25"})
    assert settings.quality.thresholds == {"max_capitals": 0.25}
    assert Quality.model_validate(settings.quality.model_dump(mode="json")) == settings.quality


def test_settings_without_thresholds_are_written_as_before_there_were_any() -> None:
    assert "thresholds" not in Quality().model_dump(mode="json")
