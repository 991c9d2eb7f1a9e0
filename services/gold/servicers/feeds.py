"""FeedService: feeds for channels, and what keeps products out of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

import grpc
import polars as pl
from assay.gold.v1 import feed_service_pb2 as pb
from assay.gold.v1 import feed_service_pb2_grpc, score_pb2

from services.gold.channels.rules import RULES, is_ready
from services.gold.feeds.judging import Judge
from services.gold.feeds.making import OWN_FORMATS, WRITERS, Wanted, catalogs_of, in_silver, make
from services.gold.feeds.shelf import Shelf
from services.gold.products import Neighbours
from services.gold.results import CHANNEL_OF, SEVERITY_OF, timestamp
from services.runtime.errors import FieldViolation, ValidationError

MESSAGE_BYTES: Final = 1024 * 1024
SHOWN_PRODUCTS: Final = 10
_CHANNELS: Final = {number: name for name, number in CHANNEL_OF.items()}
_FORMATS: Final = {
    pb.FEED_FORMAT_RSS: "rss",
    pb.FEED_FORMAT_CSV: "csv",
    pb.FEED_FORMAT_JSON: "json",
    pb.FEED_FORMAT_NDJSON: "ndjson",
}


class FeedServicer(feed_service_pb2_grpc.FeedServiceServicer):
    """See the contract for what each RPC answers and refuses."""

    def __init__(self, neighbours: Neighbours, shelf: Shelf, partition_size: int) -> None:
        self._neighbours = neighbours
        self._shelf = shelf
        self._partition_size = partition_size

    def ReadFeed(self, request: pb.ReadFeedRequest, context: grpc.ServicerContext) -> Iterator[pb.ReadFeedResponse]:
        """A feed as bytes."""
        wanted = _wanted(request)
        if wanted.catalog_id:  # also where the feed is kept already
            self._neighbours.require_catalog(wanted.workspace_id, wanted.catalog_id)
        feed, content = self._shelf.get(
            wanted,
            lambda path: make(wanted, self._neighbours, self._partition_size, path),
            anew=request.no_cache,
            wanted_still=context.is_active,
        )
        with content:
            same = feed.etag in {tag.strip().removeprefix("W/") for tag in request.if_none_match.split(",")}
            info = pb.FeedInfo(
                etag=feed.etag,
                last_modified=timestamp(feed.changed_at),
                product_count=feed.made.products,
                content_type=WRITERS[wanted.channel, wanted.format].content_type,
                size=feed.made.size,
                not_modified=same or request.if_none_match.strip() == "*",
            )
            yield pb.ReadFeedResponse(info=info)
            if not info.not_modified:
                while data := content.read(MESSAGE_BYTES):
                    yield pb.ReadFeedResponse(data=data)
            yield pb.ReadFeedResponse(end=pb.FeedEnd())

    def ValidateFeed(self, request: pb.ValidateFeedRequest, _context: grpc.ServicerContext) -> pb.ValidateFeedResponse:
        """Which products a feed leaves out, and why."""
        channel = _CHANNELS.get(request.channel)
        if channel is None:
            raise ValidationError.of("channel", "channel is required: google, meta or openai.")
        catalog_ids = catalogs_of(request.workspace_id, request.catalog_id, self._neighbours)
        rules = RULES[channel]
        counts, shown = Counter[int](), defaultdict[int, list[str]](list)
        judge = Judge(channel)
        looked_at = ready = 0
        for products in in_silver(request.workspace_id, catalog_ids, self._neighbours, self._partition_size):
            masks = judge.masks(products)
            looked_at += products.height
            ready += int(is_ready(masks, channel).sum())
            for bit in range(len(rules)):
                found = products.filter((masks & pl.Series([1 << bit], dtype=pl.UInt64)) != 0)["product_id"]
                counts[bit] += len(found)
                if len(shown[bit]) < SHOWN_PRODUCTS:
                    shown[bit] += found.head(SHOWN_PRODUCTS - len(shown[bit])).to_list()
        return pb.ValidateFeedResponse(
            valid=ready == looked_at,
            products=looked_at,
            ready=ready,
            findings=[
                pb.RuleFinding(
                    rule=rule.id,
                    severity=SEVERITY_OF[rule.severity],
                    attribute=rule.attribute,
                    message=rule.message,
                    products=counts[bit],
                    product_ids=shown[bit],
                )
                for bit, rule in enumerate(rules)
                if counts[bit]
            ],
        )

    def ListChannelRules(
        self, _request: pb.ListChannelRulesRequest, _context: grpc.ServicerContext
    ) -> pb.ListChannelRulesResponse:
        """The rules of all channels."""
        return pb.ListChannelRulesResponse(
            rules=[
                pb.ChannelRule(
                    rule=rule.id,
                    channel=CHANNEL_OF[rule.channel],
                    severity=SEVERITY_OF[rule.severity],
                    attribute=rule.attribute,
                    message=rule.message,
                    limit=rule.limit,
                    source=rule.source,
                )
                for rules in RULES.values()
                for rule in rules
            ]
        )


def _wanted(request: pb.ReadFeedRequest) -> Wanted:
    """Which feed is asked for. ValidationError names every field at fault."""
    faults: list[FieldViolation] = []
    channel = _CHANNELS.get(request.channel, "")
    if request.channel == score_pb2.CHANNEL_UNSPECIFIED or not channel:
        faults.append(FieldViolation("channel", "channel is required: google, meta or openai."))
    written = OWN_FORMATS.get(channel, "") if not request.format else _FORMATS.get(request.format, "")
    if channel and (channel, written) not in WRITERS:
        offered = " or ".join(sorted(form for one, form in WRITERS if one == channel))
        faults.append(FieldViolation("format", f"format must be {offered} for {channel}."))
    faults += [
        FieldViolation(name, f"{name} must not be negative.")
        for name in ("limit", "offset")
        if getattr(request, name) < 0
    ]
    if faults:
        raise ValidationError(faults[0].message, violations=faults)
    return Wanted(
        workspace_id=request.workspace_id,
        channel=channel,
        format=written,
        catalog_id=request.catalog_id,
        limit=request.limit,
        offset=request.offset,
        include_all=request.include_all,
    )
