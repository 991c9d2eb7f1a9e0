"""Signing in, catalogs and jobs, as people see them."""

import re
import signal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import SCOPES, SHOTS, SIZES
from tests.e2e.conftest import csv_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

FIRST_VIEW_BYTES = 300_000
PROGRESS = re.compile(r"^Normalized [\d,]+ / 50,000 products$")
TABS = {"weights": "Gold Weights", "behavior": "Behavior", "brands": "Brands", "keys": "API keys"}


def test_who_has_a_key_signs_in_and_out(stack, keys, open_page):
    page = open_page(f"{stack.url}/#/jobs")
    page.get_by_label("API key").fill("sk_live_nobody")
    page.get_by_role("button", name="Sign in").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This key is not known, or no longer good.")
    expect(alert).to_contain_text(re.compile(r"UNAUTHORIZED · request req_\w+"))

    page.get_by_label("API key").fill(keys["all"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]

    page.reload()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_focused()
    assert keys["all"] not in page.evaluate("JSON.stringify(sessionStorage)")


def test_catalogs_are_told_with_their_scores_and_last_runs(stack, keys, sample, open_page):
    page = open_page(stack.url, key=keys["all"])
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Garden tools"))

    expect(card).to_contain_text("55")
    expect(
        card.get_by_role("img", name=re.compile(r"^Scores: excellent \d+, good \d+, warning \d+, poor \d+$"))
    ).to_be_visible()
    expect(card).to_contain_text("Analyze, ")
    expect(card).to_contain_text("completed")
    # What a catalog is called is text, whatever it says.
    expect(page.get_by_role("heading", name='<img src=x onerror="document.title=1">')).to_be_visible()
    expect(page).to_have_title("Catalogs · Assay")


def test_a_catalog_is_made_and_a_wrong_one_is_refused_in_words(stack, keys, sample, open_page):
    page = open_page(stack.url, key=keys["all"])
    page.get_by_role("button", name="New catalog").click()
    page.get_by_label("Name", exact=True).fill("Kitchen")
    page.get_by_label("Currency").fill("xxq")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("currency")
    page.get_by_label("Currency").fill("eur")
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("heading", name="Kitchen")).to_be_visible()
    assert {one["name"]: one["currency"] for one in sample.pages("catalogs") if one["name"] == "Kitchen"} == {
        "Kitchen": "EUR"
    }


def test_scopes_decide_what_is_shown(stack, keys, sample, open_page):
    page = open_page(stack.url, key=keys["looking"])
    expect(page.get_by_role("heading", name="Garden tools")).to_be_visible()
    expect(page.get_by_role("button", name="New catalog")).to_have_count(0)

    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("main")).to_contain_text("it lacks the scope jobs:read")


def test_a_job_is_seen_at_work_and_cancelled(stack, keys, sample, open_page):
    catalog = sample.new_catalog("Large")
    sample.import_file(csv_of(12_000), catalog)
    page = open_page(f"{stack.url}/#/jobs", key=keys["all"])
    body = {"scope": "all", "imageChecks": "off", "unknownBrands": "register"}
    job = sample.batch("silver", catalog, body, {"Prefer": "respond-async"}).json()["backgroundJobId"]
    page.get_by_role("button", name="Refresh").click()
    row = page.get_by_role("listitem").filter(has_text="Normalize").filter(has_text=catalog)
    expect(row).to_be_visible()
    cancel = row.get_by_role("button", name="Cancel")
    if cancel.count():
        cancel.click()

    ended = sample.wait(job)["status"]
    expect(row).to_contain_text(ended)
    expect(row.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_key_that_is_revoked_leads_back_to_the_same_page(stack, keys, sample, open_page):
    maker = stack.client(stack.make_key("ws_demo", "keys:write", "catalogs:read", "jobs:read"))
    body = {"name": "short-lived", "permissions": ["catalogs:read", "jobs:read"]}
    made = maker.post("api-keys", body).json()
    page = open_page(f"{stack.url}/#/jobs", key=made["secret"])
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    maker.stack.http.delete(f"{maker.base}/api-keys/{made['id']}", headers=maker.headers)

    key = page.get_by_label("API key")
    while not key.is_visible():  # a token that was good is believed for some seconds
        page.evaluate("document.querySelector('main .head button')?.click()")
        page.wait_for_timeout(200)
    assert page.url == f"{stack.url}/#/jobs"
    page.get_by_label("API key").fill(keys["all"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_a_server_that_is_away_is_told_in_words(stack, keys, open_page):
    page = open_page(stack.url, key=keys["all"])
    expect(page.get_by_role("heading", name="Catalogs", level=1)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("look", [(scheme, size) for scheme in ("light", "dark") for size in SIZES], ids="-".join)
def test_every_view_can_be_used_by_everybody(stack, keys, sample, open_page, look):
    scheme, size = look
    SHOTS.mkdir(exist_ok=True)
    page = open_page(stack.url, size=size, scheme=scheme)
    views = {
        "signin": None,
        "catalogs": "#/catalogs",
        "dialog": None,
        "jobs": "#/jobs",
        "catalog": None,
        "settings": "#/settings",
        "weights": None,
        "behavior": None,
        "brands": None,
        "keys": None,
    }
    found = {}
    for view, place in views.items():
        if view == "catalogs":
            page.get_by_label("API key").fill(keys["all"])
            page.keyboard.press("Enter")
        if view == "dialog":
            page.get_by_role("button", name="New catalog").click()
        if view == "jobs":
            page.keyboard.press("Escape")
        if view == "catalog":
            page.goto(f"{stack.url}/#/catalogs/{sample.garden}")
            page.get_by_role("button", name="Analyze All").click()
            expect(page.get_by_role("region", name="Results")).to_contain_text("Average score")
        if view in TABS:
            page.get_by_role("tab", name=TABS[view]).click()
        if place:
            page.goto(f"{stack.url}/{place}")
        page.wait_for_load_state("networkidle")
        expect(page.locator("[aria-busy]")).to_have_count(0)
        page.screenshot(path=SHOTS / f"{view}-{scheme}-{size}.png", full_page=True)
        for violation in Axe().run(page).response["violations"]:
            found[view, violation["id"]] = [node["html"] for node in violation["nodes"]]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    assert found == {}


def test_the_first_view_is_small(stack, open_page):
    page = open_page("about:blank")
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(stack.url)
    page.get_by_label("API key").wait_for()
    assert 0 < sum(sizes) < FIRST_VIEW_BYTES


def test_from_a_file_to_what_is_to_be_done(stack, keys, sample, open_page, tmp_path):
    rows = csv_of(600).splitlines()
    file = tmp_path / "tools.csv"
    file.write_bytes(b"\n".join([*rows, b"N\x001,Maker,A tool,1,EUR,in stock,None,", rows[1]]))
    catalog = sample.new_catalog("From a file")
    page = open_page(f"{stack.url}/#/catalogs/{catalog}", key=keys["all"])
    expect(page.get_by_role("heading", name="From a file", level=1)).to_be_visible()

    page.get_by_label("Import a file of products").set_input_files(file)
    results = page.get_by_role("region", name="Results")
    expect(results).to_contain_text("Import completed")
    job = sample.pages("jobs", catalog_id=catalog, kind="import")[0]["result"]
    expect(results).to_contain_text(re.compile(rf"Rows\s*{job['total']}"))
    assert job["errors"] > 0
    with page.expect_download() as download:
        results.get_by_role("button", name=re.compile("bad row")).click()
    saved = download.value.path().read_text()
    assert saved.splitlines()[0] == '"line","column","severity","reason","message"'
    assert saved.count('"error"') == job["errors"]

    page.get_by_role("button", name="Normalize All").click()
    expect(results).to_contain_text("Normalize completed")
    for name in ("Fields normalized", "Duplicates detected", "Broken image URLs found"):
        expect(results).to_contain_text(name)
    page.get_by_role("button", name="Analyze All").click()
    expect(results).to_contain_text("Analyze completed")
    expect(results).to_contain_text("Average score")


def test_a_run_is_seen_live_by_two_browsers_and_after_a_reload(stack, keys, sample, open_page):
    catalog = sample.new_catalog("Live")
    sample.import_file(csv_of(50_000), catalog)
    settings = {"scope": "all", "imageChecks": "off", "unknownBrands": "register"}
    pages = [open_page(f"{stack.url}/#/catalogs", key=keys["all"]) for _ in range(2)]
    job = sample.batch("silver", catalog, settings, {"Prefer": "respond-async"}).json()["backgroundJobId"]
    while not sample.get(f"jobs/{job}").json()["progress"]["processed"]:
        pass
    silver = stack.child("silver")
    silver.send_signal(signal.SIGSTOP)  # or it may be done before both have looked
    try:
        for page in pages:
            page.goto(f"{stack.url}/#/catalogs/{catalog}")
            expect(page.get_by_text(PROGRESS)).to_be_visible()
        pages[0].reload()
        expect(pages[0].get_by_text(PROGRESS)).to_be_visible()
    finally:
        silver.send_signal(signal.SIGCONT)
    for page in pages:
        expect(page.get_by_role("region", name="Results")).to_contain_text("Normalize completed", timeout=60_000)
    assert sample.wait(job)["status"] == "completed"


def test_settings_are_written_and_weights_must_sum_to_100(stack, open_page):
    key = stack.make_key("ws_settings", *SCOPES)
    client = stack.client(key, "ws_settings")
    page = open_page(f"{stack.url}/#/settings", key=key)
    page.get_by_role("tab", name="Gold Weights").click()
    page.get_by_label("Seo").fill("6")
    save = page.get_by_role("button", name="Save weights")
    expect(page.get_by_role("status").filter(has_text="Sum: 101 of 100")).to_be_visible()
    expect(save).to_be_disabled()
    page.get_by_label("Pricing").fill("9")
    save.click()
    expect(page.get_by_text("Saved: the next runs go by it")).to_be_visible()

    page.keyboard.press("Tab")
    page.get_by_role("tab", name="Gold Weights").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Behavior")).to_be_focused()
    page.get_by_label("Unknown brands").select_option("register")
    page.get_by_label("Normalize after each import").check()
    page.get_by_role("button", name="Save behavior").click()
    expect(page.get_by_text("Saved: the next runs go by it")).to_have_count(2)

    page.get_by_role("tab", name="Silver Mappings").click()
    page.get_by_role("button", name="Add a mapping").click()
    page.get_by_label("Column of the file").fill("cat")
    page.get_by_label("Field", exact=True).fill("categoryPath")
    page.get_by_label("Transform").fill("shout")
    page.get_by_role("button", name="Save mappings").click()
    expect(page.get_by_role("alert")).to_contain_text("silverMappings[0].transform")
    page.get_by_label("Transform").fill("uppercase")
    page.get_by_role("button", name="Save mappings").click()
    expect(page.get_by_text("Saved: the next runs go by it")).to_have_count(3)

    told = client.get("settings/pipeline").json()
    assert (told["goldWeights"]["seo"], told["goldWeights"]["pricing"]) == (6, 9)
    assert (told["unknownBrands"], told["autoTriggerSilver"], told["autoTriggerGold"]) == ("register", True, False)
    assert told["silverMappings"] == [{"sourceField": "cat", "targetField": "categoryPath", "transform": "uppercase"}]


def test_who_may_only_read_settings_cannot_change_them(stack, open_page):
    key = stack.make_key("ws_settings", "settings:read")
    page = open_page(f"{stack.url}/#/settings", key=key)
    page.get_by_role("tab", name="Behavior").click()
    expect(page.get_by_label("Unknown brands")).to_be_disabled()
    expect(page.get_by_role("button", name=re.compile("^Save"))).to_have_count(0)


def test_brands_are_registered_with_their_spellings(stack, open_page):
    key = stack.make_key("ws_brands", *SCOPES)
    client = stack.client(key, "ws_brands")
    page = open_page(f"{stack.url}/#/settings", key=key)
    page.get_by_role("tab", name="Brands").click()
    page.get_by_label("Name").fill("Acme & Söhne")
    page.get_by_label("Other spellings").fill("ACME, <b>Acme</b>")
    page.get_by_role("button", name="Register").click()
    brand = page.get_by_role("listitem").filter(has_text="Acme & Söhne")
    expect(brand).to_contain_text("<b>Acme</b>")

    brand.get_by_role("button", name="Remove ACME from Acme & Söhne").click()
    expect(brand.get_by_role("button", name="Remove ACME from Acme & Söhne")).to_have_count(0)
    brand.get_by_label("Another spelling of Acme & Söhne").fill("acme sons")
    page.keyboard.press("Enter")
    expect(brand).to_contain_text("acme sons")
    assert [one["aliases"] for one in client.pages("brands")] == [["<b>Acme</b>", "acme sons"]]


def test_a_key_is_shown_once_and_revoked(stack, open_page):
    key = stack.make_key("ws_keys", *SCOPES, "keys:read", "keys:write")
    page = open_page(f"{stack.url}/#/settings", key=key)
    page.get_by_role("tab", name="API keys").click()
    page.get_by_label("Name").fill("for the feed")
    page.get_by_role("checkbox", name="products:write").uncheck()
    page.get_by_role("button", name="Create key").click()
    secret = page.get_by_label("The new key").input_value()
    me = stack.http.get(f"{stack.url}/api/me", headers={"authorization": f"Bearer {secret}"}).json()
    assert "products:read" in me["scopes"]
    assert not {"products:write", "keys:write"} & {*me["scopes"]}

    page.get_by_role("tab", name="Behavior").click()
    page.get_by_role("tab", name="API keys").click()
    row = page.get_by_role("listitem").filter(has_text="for the feed")
    expect(row).to_contain_text(secret[:10])
    assert secret not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
