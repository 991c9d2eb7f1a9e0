"""Renders docs/feeds.md from the rules: `python -m services.gold.channels.page > docs/feeds.md`."""

import sys
from collections.abc import Sequence
from typing import Final

from services.gold.channels.rule import Rule
from services.gold.channels.rules import RULES

_HEAD: Final = "| rule | severity | attribute | limit | what it says |\n|---|---|---|---|---|"
_PAGE: Final = """\
# Feeds

Products for Google, Meta and OpenAI, in the spelling of each. Made from the code by `python -m
services.gold.channels.page > docs/feeds.md`; a test compares.

```sh
curl -s "$URL/api/v1/feeds/google" -H "X-API-Key: $KEY" -o google.xml
curl -s "$URL/api/v1/feeds/google/validate" -H "X-API-Key: $KEY"
assay feed google --catalog shopify -o google.xml
assay feed validate google
```

| channel | its own format | with `Accept: application/x-ndjson` |
|---|---|---|
| google | RSS 2.0 with the `g:` namespace (`application/xml`) | a JSON object a line, same names and values |
| meta | CSV with a header (`text/csv`) | the same |
| openai | a JSON array (`application/json`) | the same |

Any other `Accept` is 406. The scope is `feed:read`; the token comes as `Authorization: Bearer …` or as `X-API-Key:
…`, here and at every other address. With both, `Authorization` is the one that counts.

## What is asked

| | |
|---|---|
| `catalog_id` | one catalog; default: all of the workspace, by their ids |
| `limit`, `offset` | products at most (1 or more; default all), and products to leave out first |
| `include` | `ready` (default): what the channel takes; `all`: also what it would refuse |
| `workspace_id` | the workspace; needed only with a token of several |
| `If-None-Match` | 304 without a body when the feed still has that `ETag` |
| `Cache-Control: no-cache` | makes the feed anew |

Other parameters are 400 and named. `HEAD` answers the headers of `GET`.

## What is answered

`ETag` (hash of the content), `Last-Modified` (when the content last was another), `X-Feed-Product-Count`,
`Content-Length`, `Cache-Control: max-age=900`. A feed is made whole before its first byte is sent, and its length is
told: one that is shorter than its `Content-Length` was cut, and HTTP clients say so. What fails before is an error as
everywhere.

A feed is kept for 15 minutes (`ASSAY_GOLD_FEED_KEEP_SECONDS`) and then made anew when somebody asks. Kept are at most
`ASSAY_GOLD_FEED_MOST` feeds of `ASSAY_GOLD_FEED_BYTES` in all, the oldest go first. Whoever asks for a feed that is
just being made waits for it.

## What is in it

Products **as they are in Silver now**, in the order of their ids; no Gold run is needed. What is not in Silver is in
no feed.

- **Ready** is a product that breaks no rule of severity `error` below. Scores, `feedReady` of products and counts of
  summaries tell what was so when Gold ran; feeds and `validate` look at the products themselves.
- The **id** is the `sku`, or the product's own id where it has none. A channel takes each id once, so a feed has the
  first product that is ready; the next ones break `id.repeated`, which only feeds can know. `include=all` holds all
  of them.
- **Prices** are decimal texts from end to end: `129.90 EUR`. Where the original price is above the price, `price` is
  the original one and `sale_price` the price; else `price` stands alone.
- **Availability** is `in_stock`, `out_of_stock`, `preorder`, `backorder` for Google; `pre_order` for OpenAI, and
  `unknown` where nothing is said; Meta has `in stock` and `out of stock`, and what can be ordered is in stock.
  Discontinued is out of stock.
- **`availability_date`** is an attribute of that name of the source ("Availability Date"), if it is an ISO 8601 date.
- **Condition** is `new` where nothing is said. Google's `identifier_exists` is `no` where there is neither a GTIN nor
  an MPN with a brand.
- Further images: 10 for Google; 20 for Meta in at most 2,000 characters, and for OpenAI, with commas between them and
  `%2C` for a comma inside an address.
- `product_type` and `product_category` are the category path with ` > `. OpenAI's `is_eligible_search` is `true`,
  `is_eligible_checkout` `false`: whether orders are taken through the channel is the shop's to say there.
- Nothing is cut: a title that is too long is not ready, and whole with `include=all`. Control characters are left
  out. In CSV a cell that a spreadsheet would compute (`=`, `+`, `-`, `@`, tab, carriage return) has an apostrophe
  before it.

## Rules

`GET /api/workspace/{{workspaceId}}/channels/rules` gives the same list. For a rule of severity `error` the channel
refuses the product; what it only cuts, ignores or advises against is a `warning`. An id never changes its meaning. A
limit counts characters, pixels or images.

{channels}
"""


def render() -> str:
    """The page's text."""
    return _PAGE.format(channels="\n\n".join(_channel(name, rules) for name, rules in RULES.items()))


def _channel(name: str, rules: Sequence[Rule]) -> str:
    rows = "\n".join(
        f"| `{rule.id}` | {rule.severity} | `{rule.attribute}` | {'' if rule.limit is None else f'{rule.limit:,}'} | "
        f"{rule.message} |"
        for rule in rules
    )
    sources = ", ".join(dict.fromkeys(f"[{rule.source.split('/')[2]}]({rule.source})" for rule in rules))
    return f"### {name}\n\nSource: {sources}.\n\n{_HEAD}\n{rows}"


if __name__ == "__main__":
    sys.stdout.write(render())
