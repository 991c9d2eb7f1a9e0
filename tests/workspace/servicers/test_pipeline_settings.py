import threading

import grpc
import pytest
from assay.silver.v1.silver_service_pb2 import DUPLICATES_OFF
from assay.workspace.v1.job_service_pb2 import StartJobRequest
from assay.workspace.v1.settings_pb2 import FieldMapping, GoldWeights, PipelineSettings
from assay.workspace.v1.settings_service_pb2 import GetPipelineSettingsRequest, UpdatePipelineSettingsRequest
from google.protobuf.field_mask_pb2 import FieldMask

WEIGHTS = {"identity": 20, "taxonomy": 15, "content": 25, "media": 20, "pricing": 10, "attributes": 5, "seo": 5}
DEFAULTS = PipelineSettings(
    gold_weights=GoldWeights(**WEIGHTS),
    auto_trigger_silver=False,
    auto_trigger_gold=False,
    preview_mode=False,
    unknown_brands="UNKNOWN_BRANDS_ERROR",
    duplicates="DUPLICATES_LIKELY",
    duplicate_strictness="DUPLICATE_STRICTNESS_NORMAL",
    image_checks="IMAGE_CHECKS_REACHABILITY",
)


class Settings:
    def __init__(self, stubs, tenant):
        self.stub, self.jobs, self.tenant = stubs.settings, stubs.jobs, tenant

    def get(self, workspace_id=None):
        request = GetPipelineSettingsRequest(workspace_id=workspace_id or self.tenant.id)
        return self.stub.GetPipelineSettings(request, metadata=self.tenant.auth).settings

    def update(self, *mask, workspace_id=None, **settings):
        request = UpdatePipelineSettingsRequest(
            workspace_id=workspace_id or self.tenant.id,
            settings=PipelineSettings(**settings),
            update_mask=FieldMask(paths=mask) if mask else None,
        )
        return self.stub.UpdatePipelineSettings(request, metadata=self.tenant.auth).settings

    def told_to_a_job(self, internal):
        request = StartJobRequest(workspace_id=self.tenant.id, kind="silver", queue="c", job_name="run", owner="a#b")
        return self.jobs.StartJob(request, metadata=internal).settings


@pytest.fixture
def pipeline(stubs, tenant):
    return Settings(stubs, tenant)


def mapping(source="cat", target="categoryPath", transform=None):
    return FieldMapping(source_field=source, target_field=target, transform=transform)


def test_where_nothing_was_written_there_are_defaults(pipeline):
    assert pipeline.get() == DEFAULTS


def test_what_is_written_is_kept_and_tells_when_and_by_whom(pipeline, clock):
    mappings = [mapping(transform="prefix:Apparel > "), mapping("vendor", "brand"), mapping("care", "Washing", "trim")]
    written = pipeline.update(
        silver_mappings=mappings,
        unknown_brands="UNKNOWN_BRANDS_REGISTER",
        duplicates="DUPLICATES_CERTAIN",
        duplicate_strictness="DUPLICATE_STRICTNESS_STRICT",
        image_checks="IMAGE_CHECKS_OFF",
    )
    assert written == pipeline.get()
    assert list(written.silver_mappings) == mappings
    assert (written.unknown_brands, written.duplicates, written.duplicate_strictness, written.image_checks) == (
        2,
        2,
        3,
        1,
    )
    assert written.updated_at.ToMicroseconds() == clock()
    assert written.updated_by.startswith("key_")


def test_only_the_settings_named_are_written(pipeline):
    pipeline.update(duplicates="DUPLICATES_OFF", silver_mappings=[mapping()])
    written = pipeline.update("image_checks", duplicates="DUPLICATES_CERTAIN", image_checks="IMAGE_CHECKS_SYNTAX")
    assert (written.duplicates, written.image_checks, len(written.silver_mappings)) == (1, 2, 1)


def test_a_setting_named_and_empty_is_its_default_again(pipeline):
    pipeline.update(duplicates="DUPLICATES_OFF", silver_mappings=[mapping()])
    written = pipeline.update("duplicates", "silver_mappings")
    assert (written.duplicates, list(written.silver_mappings)) == (DEFAULTS.duplicates, [])


def test_nothing_to_write_leaves_who_and_when_as_they_are(pipeline, clock, new_key):
    assert pipeline.update() == DEFAULTS
    before = pipeline.update(duplicates="DUPLICATES_OFF")
    clock.advance(5)
    pipeline.tenant.token = new_key(pipeline.tenant.id, "settings:read", "settings:write")
    assert pipeline.update() == before
    assert pipeline.update("updated_at", "updated_by", updated_by="me") == before


def test_the_stack_s_own_token_writes_as_nobody(stubs, tenant, internal):
    request = UpdatePipelineSettingsRequest(workspace_id=tenant.id, settings=PipelineSettings(duplicates=1))
    written = stubs.settings.UpdatePipelineSettings(request, metadata=internal).settings
    assert written.HasField("updated_at")
    assert not written.HasField("updated_by")


@pytest.mark.parametrize(
    "transform", ["trim", "uppercase", "lowercase", "prefix: ", "suffix:X:Y", "prefix:" + "é" * 255]
)
def test_transforms(pipeline, transform):
    written = pipeline.update(silver_mappings=[mapping(transform=transform)])
    assert written.silver_mappings[0].transform == transform


@pytest.mark.parametrize(
    "transform", ["", "Trim", " trim", "trim,uppercase", "prefix:", "suffix", "prefix:" + "x" * 256, "prefix:a\nb"]
)
def test_what_is_no_transform_is_refused(pipeline, failure, transform):
    told = failure(lambda: pipeline.update(silver_mappings=[mapping(), mapping("a", "b", transform)]))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", ["silverMappings[1].transform"])


def test_every_field_at_fault_is_named_and_nothing_is_written(pipeline, failure):
    told = failure(
        lambda: pipeline.update(
            duplicates=9,
            unknown_brands=-1,
            duplicate_strictness=4,
            image_checks=77,
            silver_mappings=[mapping(), mapping("", "x" * 256, "?"), mapping("a\tb")],
        )
    )
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR")
    assert set(told.fields) == {
        "duplicates",
        "unknownBrands",
        "duplicateStrictness",
        "imageChecks",
        "silverMappings[1].sourceField",
        "silverMappings[1].targetField",
        "silverMappings[1].transform",
        "silverMappings[2].sourceField",
    }
    assert pipeline.get() == DEFAULTS


def test_at_most_500_mappings(pipeline, failure):
    mappings = [mapping(f"column {number}", "title") for number in range(501)]
    assert failure(lambda: pipeline.update(silver_mappings=mappings)).fields == ["silverMappings"]
    assert len(pipeline.update(silver_mappings=mappings[:500]).silver_mappings) == 500


def test_a_source_goes_to_a_target_once(pipeline, failure):
    several = [mapping("Item Code", "sku"), mapping("Item Code", "mpn"), mapping("ref", "sku"), mapping("--", "x")]
    pipeline.update(silver_mappings=[*several, mapping("==", "x")])
    told = failure(lambda: pipeline.update(silver_mappings=[*several, mapping("item_code", "SKU", "trim")]))
    assert told.fields == ["silverMappings[4].sourceField"]
    assert "silverMappings[0]" in told.message


@pytest.mark.parametrize("path", ["gold", "silver_mappings.source_field", "silverMappings", "*", ""])
def test_a_mask_that_names_no_setting_is_refused(pipeline, failure, path):
    told = failure(lambda: pipeline.update("duplicates", path, duplicates="DUPLICATES_OFF"))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", ["updateMask"])
    assert pipeline.get() == DEFAULTS


def test_two_who_write_at_once_lose_nothing(pipeline):
    """Each writes a setting of its own, again and again: at the end both hold what was written last."""

    def write(**change):
        for _ in range(20):
            pipeline.update(**change)

    changes = [
        {"duplicates": "DUPLICATES_OFF"},
        {"image_checks": "IMAGE_CHECKS_SYNTAX"},
        {"silver_mappings": [mapping()]},
        {"unknown_brands": "UNKNOWN_BRANDS_REGISTER"},
    ]
    threads = [threading.Thread(target=write, kwargs=change) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = pipeline.get()
    assert (now.duplicates, now.image_checks, len(now.silver_mappings), now.unknown_brands) == (1, 2, 1, 2)


def test_a_job_is_told_the_settings_of_its_moment(pipeline, internal):
    assert pipeline.told_to_a_job(internal) == DEFAULTS
    assert pipeline.told_to_a_job(internal) == DEFAULTS
    for duplicates in (1, 2):
        pipeline.update(duplicates=duplicates, silver_mappings=[mapping()] * (duplicates == 2))
        assert pipeline.told_to_a_job(internal) == pipeline.get()


def test_workspaces_do_not_see_each_others_settings(pipeline, stubs, other, failure, internal):
    pipeline.update(duplicates="DUPLICATES_OFF")
    theirs = Settings(stubs, other)
    assert theirs.get() == theirs.told_to_a_job(internal) == DEFAULTS
    theirs.update(duplicates="DUPLICATES_CERTAIN", silver_mappings=[mapping()])
    assert (pipeline.get().duplicates, len(pipeline.get().silver_mappings)) == (1, 0)
    mine = pipeline.tenant.id
    for call in (lambda: theirs.get(mine), lambda: theirs.update(workspace_id=mine, duplicates="DUPLICATES_CERTAIN")):
        assert failure(call).code == grpc.StatusCode.PERMISSION_DENIED
    assert pipeline.get().duplicates == 1


@pytest.mark.parametrize("scope", ["settings:read", "jobs:write"])
def test_writing_needs_its_scope(pipeline, new_key, failure, scope):
    pipeline.tenant.token = new_key(pipeline.tenant.id, scope)
    assert failure(lambda: pipeline.update(duplicates="DUPLICATES_OFF")).reason == "INSUFFICIENT_PERMISSIONS"


def test_a_workspace_that_is_not_there_has_no_settings(stubs, internal, failure):
    nobody = {"workspace_id": "ws_nobody"}
    for call in (
        lambda: stubs.settings.GetPipelineSettings(GetPipelineSettingsRequest(**nobody), metadata=internal),
        lambda: stubs.settings.UpdatePipelineSettings(
            UpdatePipelineSettingsRequest(**nobody, settings=PipelineSettings(duplicates=1)), metadata=internal
        ),
        lambda: stubs.settings.UpdatePipelineSettings(UpdatePipelineSettingsRequest(**nobody), metadata=internal),
    ):
        assert failure(call).reason == "WORKSPACE_NOT_FOUND"


def test_who_is_written_to_is_kept_and_not_told_to_jobs(pipeline, internal):
    addresses = ["ops@example.com", "first.last+tag@mail.example.co.uk"]
    assert list(pipeline.update(notification_emails=addresses).notification_emails) == addresses
    assert list(pipeline.update(duplicates="DUPLICATES_OFF").notification_emails) == addresses
    told = pipeline.told_to_a_job(internal)
    assert (list(told.notification_emails), told.duplicates) == ([], DUPLICATES_OFF)
    assert list(pipeline.update("notification_emails").notification_emails) == []


def test_every_address_at_fault_is_named(pipeline, failure):
    wrong = ["ok@example.com", "", "a@b", "x@example.com\r\nBcc: y@example.com", "OK@example.com", f"{'a' * 250}@b.de"]
    fault = failure(lambda: pipeline.update(notification_emails=wrong))
    assert (fault.reason, fault.fields) == (
        "VALIDATION_ERROR",
        [f"notificationEmails[{number}]" for number in (1, 2, 3, 4, 5)],
    )
    fault = failure(lambda: pipeline.update(notification_emails=["a@example.com", "A@example.com"]))
    assert fault.message == "notificationEmails[1] is the same address as notificationEmails[0]."
    fault = failure(lambda: pipeline.update(notification_emails=["nobody"]))
    assert fault.message == (
        "notificationEmails[0] must be an e-mail address of at most 254 characters, such as ops@example.com."
    )
    many = [f"a{number}@example.com" for number in range(11)]
    assert failure(lambda: pipeline.update(notification_emails=many)).fields == ["notificationEmails"]
    assert list(pipeline.update(notification_emails=many[:10]).notification_emails) == many[:10]


def test_addresses_of_one_workspace_are_not_those_of_another(pipeline, stubs, other):
    pipeline.update(notification_emails=["ops@example.com"])
    assert list(Settings(stubs, other).get().notification_emails) == []
