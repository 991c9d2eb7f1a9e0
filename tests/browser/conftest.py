"""The console in a real browser, on the whole stack. Screenshots go to `tests/browser/shots`, which git ignores."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.e2e.conftest import running_stack

expect.set_options(timeout=20_000)
SHOTS = Path(__file__).parent / "shots"
# Without the first Chromium looks for hosts of its own, and as root it has no sandbox.
FLAGS = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 380, "height": 780}}
SCOPES = (
    *("workspace:read", "catalogs:read", "catalogs:write", "products:read", "products:write"),
    *("jobs:read", "jobs:write", "settings:read", "settings:write", "brands:read", "brands:write"),
)


@pytest.fixture(scope="module")
def browser():
    # Of a module: while Playwright is at work it has an event loop in this thread, where tests of others have theirs.
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: .ci/run installs Debian's")
        pytest.skip("NO BROWSER: install chromium (Debian: apt-get install chromium) to test the console")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *root])
        yield running
        running.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    # Small partitions: a run is to be seen at work.
    with running_stack(tmp_path_factory.mktemp("browser") / "home", ASSAY_SILVER_PARTITION_SIZE="250") as running:
        yield running


@pytest.fixture
def open_page(browser, request):
    """Opens a tab of a visitor of their own; nothing may go wrong in it unseen."""
    contexts, wrong = [], []

    def open_one(url, *, size="wide", scheme="light", key=None, workspace="ws_demo"):
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if "Content Security Policy" in told.text else None)
        page.set_default_timeout(20_000)
        page.goto(url)
        if key is not None:
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("button", name="Sign out").wait_for()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def keys(stack):
    """A key that may do everything, and one that may only look at catalogs."""
    return {
        "all": stack.make_key("ws_demo", *SCOPES, "keys:read", "keys:write"),
        "looking": stack.make_key("ws_demo", "catalogs:read"),
    }


@pytest.fixture(scope="session")
def sample(stack, keys):
    """The demo's workspace with products of three bands of scores; its client."""
    client = stack.client(keys["all"])
    rows = ["id,brand,title,price,currency,availability,description,image_link"]
    rows += [
        f"P{n:03},Maker {n % 5},Tool number {n} with a handle of ash wood,{n + 1}.90,EUR,in stock,"
        f'"A sturdy tool for garden and workshop, number {n}, with a handle of ash wood.",'
        for n in range(40)
    ]
    rows += [f"Q{n:03},,Thing {n},,,,," for n in range(15)]
    catalog = client.new_catalog("Garden tools")
    client.import_file("\n".join(rows).encode(), catalog)
    client.run("silver", catalog, imageChecks="off", unknownBrands="register")
    client.run("gold", catalog)
    client.new_catalog('<img src=x onerror="document.title=1">')
    client.garden = catalog
    return client
