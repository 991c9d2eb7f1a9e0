"""What channels ask of a product, as rules over columns: google, meta, openai.

Sources are the channels' pages as of 2026. A rule of severity `error` is one for which the channel refuses the product;
what it only cuts, drops or advises against is a `warning`.
"""
