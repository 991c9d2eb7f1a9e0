"""How a run is done: its request over the workspace's settings over the defaults."""

import pytest
from assay.silver.v1 import silver_service_pb2 as pb
from assay.workspace.v1.settings_pb2 import FieldMapping, PipelineSettings

from services.runtime.jobs import Job
from services.silver.options import CHOICES, RunOptions, options_of
from services.silver.servicers.runs import params_of


def job(settings=None, **params):
    return Job("j", "silver", "ws_a", "cat", params, settings=settings)


def choice(name):
    return next(choice for choice in CHOICES if choice.name == name)


def test_defaults_where_nothing_is_said():
    defaults = RunOptions("error", "likely", "normal", "reachability", preview=False, mappings=())
    assert options_of(job()) == options_of(job(PipelineSettings())) == defaults


@pytest.mark.parametrize(
    ("name", "attribute", "default", "setting", "request_says"),
    [
        ("unknownBrands", "unknown_brands", "error", "register", "error"),
        ("duplicates", "duplicates", "likely", "off", "certain"),
        ("duplicateStrictness", "strictness", "normal", "strict", "loose"),
        ("imageChecks", "image_checks", "reachability", "syntax", "off"),
    ],
)
def test_request_over_setting_over_default(name, attribute, default, setting, request_says):
    numbers = {word: number for number, word in choice(name).words.items()}
    settings = PipelineSettings(**{choice(name).field: numbers[setting]})
    request = pb.NormalizeRequest(scope="SCOPE_ALL", **{choice(name).field: numbers[request_says]})
    assert getattr(options_of(job()), attribute) == default
    assert getattr(options_of(job(settings)), attribute) == setting
    assert getattr(options_of(job(settings, **params_of(request))), attribute) == request_says


def test_each_choice_knows_every_number_of_its_enum():
    for each in CHOICES:
        enum = pb.NormalizeRequest.DESCRIPTOR.fields_by_name[each.field].enum_type
        assert set(each.words) | {0} == set(enum.values_by_number)
        assert PipelineSettings.DESCRIPTOR.fields_by_name[each.field].enum_type is enum


def test_mappings_are_the_setting_s_in_its_order():
    settings = PipelineSettings(
        silver_mappings=[
            FieldMapping(source_field="Marque", target_field="brand", transform="trim"),
            FieldMapping(source_field="Ref", target_field="sku"),
        ]
    )
    assert options_of(job(settings)).mappings == (("Marque", "brand", "trim"), ("Ref", "sku", ""))


def test_parameters_hold_what_the_request_says_and_no_defaults():
    assert params_of(pb.NormalizeRequest(scope="SCOPE_ALL")) == {}
    request = pb.NormalizeRequest(scope="SCOPE_SELECTION", product_ids=["b", "a", "b"], duplicates=pb.DUPLICATES_OFF)
    assert params_of(request) == {"duplicates": "off", "productIds": ["b", "a"]}
