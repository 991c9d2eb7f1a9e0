import uuid

import pytest

pytestmark = pytest.mark.e2e

SCOPES = (
    *("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read", "jobs:write"),
    *("settings:read", "settings:write"),
)
PATH = "settings/pipeline"
DEFAULTS = {
    "silverMappings": [],
    "updatedAt": None,
    "updatedBy": None,
    "unknownBrands": "error",
    "duplicates": "likely",
    "duplicateStrictness": "normal",
    "imageChecks": "reachability",
    "goldWeights": {
        "identity": 20,
        "taxonomy": 15,
        "content": 25,
        "media": 20,
        "pricing": 10,
        "attributes": 5,
        "seo": 5,
    },
    "autoTriggerSilver": False,
    "autoTriggerGold": False,
    "previewMode": False,
    "categoryAttributes": [],
    "notificationEmails": [],
}
MAPPINGS = [
    {"sourceField": "Item Code", "targetField": "sku"},
    {"sourceField": "warengr", "targetField": "Category Path", "transform": "prefix:Apparel > "},
    {"sourceField": "netto", "targetField": "price", "transform": "suffix: CHF"},
    {"sourceField": "care", "targetField": "Washing", "transform": "uppercase"},
]
SUPPLIER = 'id,item_code,WarenGr,netto,care,name\nS-1,A 7,Shoes,"9,50",cold,A shoe\n'


@pytest.fixture
def tenant(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    client = stack.client(stack.make_key(workspace, *SCOPES), workspace)
    client.workspace = workspace
    return client


def test_settings_are_read_and_written_in_part(tenant):
    assert tenant.get(PATH).json() == DEFAULTS
    assert tenant.put(PATH, {}).json() == DEFAULTS
    written = tenant.put(PATH, {"silverMappings": MAPPINGS, "duplicates": "certain"}).json()
    assert written == DEFAULTS | {
        "silverMappings": MAPPINGS,
        "duplicates": "certain",
        "updatedAt": written["updatedAt"],
        "updatedBy": written["updatedBy"],
    }
    assert written["updatedAt"] and written["updatedBy"].startswith("key_")
    again = tenant.put(PATH, {"silverMappings": [], "duplicates": None, "imageChecks": "off"}).json()
    assert (again["silverMappings"], again["duplicates"], again["imageChecks"]) == ([], "likely", "off")
    assert tenant.put(PATH, again).status_code == 200
    assert tenant.get(PATH).json() | {"updatedAt": None} == again | {"updatedAt": None}


def test_what_is_wrong_is_named_and_nothing_is_written(tenant):
    wrong = {"silverMappings": [{"sourceField": "a", "targetField": "", "transform": "shout"}], "duplicates": "off"}
    answer = tenant.put(PATH, wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [
        "silverMappings[0].targetField",
        "silverMappings[0].transform",
    ]
    unknown = tenant.put(PATH, {"previewMod": True, "duplicates": "off"}).json()["error"]["details"]
    assert [detail["field"] for detail in unknown] == ["previewMod"]
    assert tenant.get(PATH).json() == DEFAULTS


def test_mappings_reach_the_products_and_say_so(tenant):
    catalog = tenant.new_catalog("supplier")
    tenant.import_file(SUPPLIER, catalog)
    tenant.put(PATH, {"silverMappings": MAPPINGS})
    first = tenant.run("silver", catalog)["results"]

    product = tenant.product(catalog, "S-1")
    assert {name: product[name] for name in ("sku", "categoryPath", "price", "currency")} == {
        "sku": "A 7",
        "categoryPath": "Apparel > Shoes",
        "price": 9.5,
        "currency": "CHF",
    }
    assert product["attributes"] == {"Washing": "COLD"}
    changes = {change["field"]: (change["before"], change["after"], change["rule"]) for change in product["changes"]}
    assert changes["categoryPath"] == ("Shoes", "Apparel > Shoes", "mapping.transform")
    assert changes["attributes.Washing"] == ("cold", "COLD", "mapping.transform")
    assert changes["price"][:2] == ("9,50", "9.50")
    assert "sku" not in changes

    assert tenant.run("silver", catalog)["results"] == first
    assert tenant.product(catalog, "S-1")["changes"] == product["changes"]
    tenant.put(PATH, {"silverMappings": []})
    tenant.run("silver", catalog, scope="selection", productIds=["S-1"])
    assert tenant.product(catalog, "S-1")["attributes"]["care"] == "cold"


def test_workspaces_do_not_see_each_others_settings(stack, tenant):
    key = stack.make_key(f"ws_{uuid.uuid4().hex[:12]}", *SCOPES)
    foreign = stack.client(key, tenant.workspace)
    for answer in (foreign.get(PATH), foreign.put(PATH, {"duplicates": "off"})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")
    assert tenant.get(PATH).json() == DEFAULTS


def test_reading_opens_no_writing(stack, tenant):
    reader = stack.client(stack.make_key(tenant.workspace, "settings:read"), tenant.workspace)
    assert reader.get(PATH).json() == DEFAULTS
    assert reader.put(PATH, {"duplicates": "off"}).status_code == 403


@pytest.fixture
def twins(tenant):
    """Two products of one identity, with a brand nobody registered and an image."""
    catalog = tenant.new_catalog("twins")
    row = "Nobody,4006381333931,https://img.example/a.jpg"
    tenant.import_file(f"id,brand,gtin,image_link\nA,{row}\nB,{row}\n", catalog)
    return catalog


def fared(tenant, catalog, **options):
    """(status of the second product, what it duplicates, URLs checked)."""
    second = tenant.run("silver", catalog, **options)["results"][1]
    return second["status"], second.get("duplicateOf"), second.get("urlsValidated")


def test_a_run_s_request_goes_before_the_settings_and_those_before_the_defaults(tenant, twins):
    register = {"unknownBrands": "register"}
    assert fared(tenant, twins)[0] == "error"
    assert fared(tenant, twins, **register) == ("success", "A", 1)

    tenant.put(PATH, {"duplicates": "off", "imageChecks": "off", **register})
    assert fared(tenant, twins) == ("success", None, 0)
    assert fared(tenant, twins, duplicates="certain") == ("success", "A", 0)
    assert fared(tenant, twins, imageChecks="syntax") == ("success", None, 1)
    answer = tenant.run("silver", twins, duplicates="likely", duplicateStrictness="strict", imageChecks="reachability")
    assert answer["results"][1]["duplicateOf"] == "A"


def test_an_unknown_brand_is_an_error_again_where_a_run_says_so(tenant):
    catalog = tenant.new_catalog("brands")
    tenant.import_file("id,brand\nA,Somebody\n", catalog)
    tenant.put(PATH, {"unknownBrands": "register"})
    assert tenant.run("silver", catalog, unknownBrands="error")["results"][0]["status"] == "error"
    assert tenant.run("silver", catalog)["results"][0]["status"] == "success"


def test_options_of_a_run_that_are_none_are_all_named(tenant, twins):
    wrong = dict.fromkeys(("unknownBrands", "duplicates", "duplicateStrictness", "imageChecks"), "maybe")
    error = tenant.batch("silver", twins, {"scope": "all"} | wrong).json()["error"]
    assert (error["code"], {detail["field"] for detail in error["details"]}) == ("VALIDATION_ERROR", set(wrong))


def test_the_command_sets_and_shows_them(stack, tenant, tmp_path):
    file = tmp_path / "mappings.csv"
    file.write_text("sourceField,targetField,transform\nwarengr,categoryPath,prefix:Apparel > \n")
    access = ("--key", tenant.headers["Authorization"].split()[1], "--workspace", tenant.workspace)
    done = stack.run("settings", "set", "--duplicates", "off", "--mappings", file, *access)
    assert done.returncode == 0, done.stderr
    now = tenant.get(PATH).json()
    assert (now["duplicates"], now["silverMappings"][0]["transform"]) == ("off", "prefix:Apparel > ")
    shown = stack.run("settings", "show", *access).stdout
    assert "warengr" in shown and now["updatedAt"] in shown
