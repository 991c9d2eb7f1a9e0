"""Where each column of the exports that people bring goes: header rows complete, from the vendors' documentation.

Google product data specification; Meta catalog fields; Shopify "using CSV files" (the old and the present layout);
WooCommerce product CSV importer schema; Magento Open Source product import; PrestaShop sample product file; Amazon
inventory template. One line per canonical field (with an underscore: a column that only helps another) with its columns
in order of priority, then what stays an attribute, pairs of names and values, and ids that only name the row.
"""

import pytest

from services.silver.rules.header_plan import plan_headers

GOOGLE_MERCHANT = """
sku: id
title: title
description: description
url: link | canonical_link | mobile_link
primaryImageUrl: image_link
secondaryImages: additional_image_link
availability: availability
price: price
_salePrice: sale_price
categoryPath: product_type | google_product_category
brand: brand
gtin: gtin
mpn: mpn
condition: condition
ageGroup: age_group
color: color
gender: gender
material: material
pattern: pattern
size: size
parentId: item_group_id
attributes: structured_title | structured_description | lifestyle_image_link | video_link | virtual_model_link |
    availability_date | expiration_date | cost_of_goods_sold | auto_pricing_min_price |
    sale_price_effective_date | maximum_retail_price | unit_pricing_measure | unit_pricing_base_measure |
    installment | subscription_cost | loyalty_program | identifier_exists | adult | multipack | is_bundle |
    certification | energy_efficiency_class | min_energy_efficiency_class | max_energy_efficiency_class |
    size_type | size_system | item_group_title | variant_option | product_length | product_width |
    product_height | product_weight | product_detail | product_highlight | ads_redirect | custom_label_0 |
    custom_label_1 | custom_label_2 | custom_label_3 | custom_label_4 | promotion_id | excluded_destination |
    included_destination | shopping_ads_excluded_country | pause | external_seller_id | shipping |
    shipping_label | shipping_weight | shipping_length | shipping_width | shipping_height | ships_from_country |
    max_handling_time | min_handling_time | transit_time_label | handling_cutoff_time | free_shipping_threshold
    | return_policy_label | tax | tax_category
"""
META = """
sku: id
title: title
description: description | rich_text_description
availability: availability
condition: condition
price: price
url: link
primaryImageUrl: image_link
brand: brand
secondaryImages: additional_image_link
ageGroup: age_group
color: color
gender: gender
parentId: item_group_id
categoryPath: product_type | google_product_category | fb_product_category
gtin: gtin
mpn: mpn
material: material
pattern: pattern
_stock: quantity_to_sell_on_facebook
_salePrice: sale_price
size: size
_images: image[0].url | image[1].url
attributes: commerce_tax_category | custom_label_0 | custom_label_1 | custom_label_2 | custom_label_3 |
    custom_label_4 | custom_number_0 | custom_number_1 | custom_number_2 | custom_number_3 | custom_number_4 |
    internal_label | sale_price_effective_date | shipping | shipping_weight | status | video[0].url |
    video[0].tag[0] | image[0].tag[0] | style[0] | disabled_capabilities | unit_price_value |
    unit_price_currency | unit_price_unit | expiration_date | return_policy_days | manufacturer_info |
    importer_name | origin_country | ios_url | android_url | additional_variant_attribute |
    availability_circle_radius | wa_compliance_category | product_tags[0] | visibility
"""
SHOPIFY = """
title: Title
description: Body (HTML)
brand: Vendor
categoryPath: Product Category | Google Shopping / Google Product Category | Type
tags: Tags
sku: Variant SKU
_stockTracker: Variant Inventory Tracker
_stock: Variant Inventory Qty
price: Variant Price
originalPrice: Variant Compare At Price
gtin: Variant Barcode
primaryImageUrl: Image Src | Variant Image
metaTitle: SEO Title
metaDescription: SEO Description
gender: Google Shopping / Gender
ageGroup: Google Shopping / Age Group
mpn: Google Shopping / MPN
condition: Google Shopping / Condition
attributes: Published | Option1 Linked To | Option2 Linked To | Option3 Linked To | Variant Grams | Variant
    Inventory Policy | Variant Fulfillment Service | Variant Requires Shipping | Variant Taxable | Unit Price
    Total Measure | Unit Price Total Measure Unit | Unit Price Base Measure | Unit Price Base Measure Unit |
    Image Position | Image Alt Text | Gift Card | Google Shopping / AdWords Grouping | Google Shopping / AdWords
    Labels | Google Shopping / Custom Product | Google Shopping / Custom Label 0 | Google Shopping / Custom
    Label 1 | Google Shopping / Custom Label 2 | Google Shopping / Custom Label 3 | Google Shopping / Custom
    Label 4 | Variant Weight Unit | Variant Tax Code | Cost per item | Included / United States | Price / United
    States | Compare At Price / United States | Included / International | Price / International | Compare At
    Price / International | Status
pairs: Option1 Name | Option1 Value | Option2 Name | Option2 Value | Option3 Name | Option3 Value
unused: Handle | Option1 Name | Option1 Value | Option2 Name | Option2 Value | Option3 Name | Option3 Value
"""
SHOPIFY_2025 = """
title: Title
description: Description
brand: Vendor
categoryPath: Product category | Google Shopping / Google product category | Type
tags: Tags
sku: SKU
gtin: Barcode
price: Price
originalPrice: Compare-at price
_stockTracker: Inventory tracker
_stock: Inventory quantity
primaryImageUrl: Product image URL | Variant image URL
metaTitle: SEO title
metaDescription: SEO description
color: Color (product.metafields.shopify.color-pattern)
gender: Google Shopping / Gender
ageGroup: Google Shopping / Age group
mpn: Google Shopping / Manufacturer part number (MPN)
condition: Google Shopping / Condition
attributes: Published on online store | Status | Option1 Linked To | Option2 Linked To | Option3 Linked To |
    Cost per item | Charge tax | Tax code | Unit price total measure | Unit price total measure unit | Unit
    price base measure | Unit price base measure unit | Continue selling when out of stock | Weight value
    (grams) | Weight unit for display | Requires shipping | Fulfillment service | Image position | Image alt
    text | Gift card | Google Shopping / Ad group name | Google Shopping / Ads labels | Google Shopping / Custom
    product | Google Shopping / Custom label 0 | Google Shopping / Custom label 1 | Google Shopping / Custom
    label 2 | Google Shopping / Custom label 3 | Google Shopping / Custom label 4
pairs: Option1 name | Option1 value | Option2 name | Option2 value | Option3 name | Option3 value
unused: URL handle | Option1 name | Option1 value | Option2 name | Option2 value | Option3 name | Option3 value
"""
WOOCOMMERCE = """
sku: SKU
gtin: GTIN, UPC, EAN, or ISBN
title: Name
shortDescription: Short description
description: Description
availability: In stock?
_stock: Stock
_salePrice: Sale price
_regularPrice: Regular price
_categories: Categories
tags: Tags
_images: Images
parentId: Parent
url: External URL
brand: Brands
metaTitle: Meta: _yoast_wpseo_title
metaDescription: Meta: _yoast_wpseo_metadesc
attributes: Type | Published | Is featured? | Visibility in catalog | Date sale price starts | Date sale price
    ends | Tax status | Tax class | Low stock amount | Backorders allowed? | Sold individually? | Weight (kg) |
    Length (cm) | Width (cm) | Height (cm) | Allow customer reviews? | Purchase note | Shipping class | Download
    limit | Download expiry days | Grouped products | Upsells | Cross-sells | Button text | Position | Attribute
    1 visible | Attribute 1 global | Attribute 1 default | Download 1 ID | Download 1 name | Download 1 URL
pairs: Attribute 1 name | Attribute 1 value(s)
unused: ID | Attribute 1 name | Attribute 1 value(s)
"""
MAGENTO = """
sku: sku
_categories: categories
title: name
description: description
shortDescription: short_description
price: price
_salePrice: special_price
metaTitle: meta_title
metaDescription: meta_description
primaryImageUrl: base_image
_thumbnail: small_image | thumbnail_image
originalPrice: msrp_price
_stock: qty
availability: is_in_stock
secondaryImages: additional_images
attributes: store_view_code | attribute_set_code | product_websites | weight | product_online | tax_class_name |
    visibility | special_price_from_date | special_price_to_date | url_key | meta_keywords | base_image_label |
    small_image_label | thumbnail_image_label | swatch_image | swatch_image_label | created_at | updated_at |
    new_from_date | new_to_date | display_product_options_in | map_price | map_enabled | gift_message_available
    | custom_design | custom_design_from | custom_design_to | custom_layout_update | page_layout |
    product_options_container | msrp_display_actual_price_type | country_of_manufacture | additional_attributes
    | out_of_stock_qty | use_config_min_qty | is_qty_decimal | allow_backorders | use_config_backorders |
    min_cart_qty | use_config_min_sale_qty | max_cart_qty | use_config_max_sale_qty | notify_on_stock_below |
    use_config_notify_stock_qty | manage_stock | use_config_manage_stock | use_config_qty_increments |
    qty_increments | use_config_enable_qty_inc | enable_qty_increments | is_decimal_divided | website_id |
    related_skus | related_position | crosssell_skus | crosssell_position | upsell_skus | upsell_position |
    additional_image_labels | hide_from_product_page | custom_options | bundle_price_type | bundle_sku_type |
    bundle_price_view | bundle_weight_type | bundle_values | bundle_shipment_type | associated_skus |
    downloadable_links | downloadable_samples | configurable_variations | configurable_variation_labels
unused: product_type
"""
PRESTASHOP = """
title: Name *
_categories: Categories (x,y,z...)
sku: Reference #
mpn: MPN | Supplier reference #
brand: Manufacturer
gtin: EAN13 | UPC
_stock: Quantity
shortDescription: Summary
description: Description
tags: Tags (x,y,z...)
metaTitle: Meta title
metaDescription: Meta description
_images: Image URLs (x,y,z...)
condition: Condition
attributes: Active (0/1) | Price tax excluded | Tax rules ID | Wholesale price | On sale (0/1) | Discount amount
    | Discount percent | Discount from (yyyy-mm-dd) | Discount to (yyyy-mm-dd) | Supplier | Ecotax | Width |
    Height | Depth | Weight | Delivery time of in-stock products | Delivery time of out-of-stock products with
    allowed orders | Minimal quantity | Low stock level | Receive a low stock alert by email | Visibility |
    Additional shipping cost | Unity | Unit price | Meta keywords | URL rewritten | Text when in stock | Text
    when backorder allowed | Available for order (0 = No, 1 = Yes) | Product available date | Product creation
    date | Show price (0 = No, 1 = Yes) | Image alt texts (x,y,z...) | Delete existing images (0 = No, 1 = Yes)
    | Feature(Name:Value:Position) | Available online only (0 = No, 1 = Yes) | Customizable (0 = No, 1 = Yes) |
    Uploadable files (0 = No, 1 = Yes) | Text fields (0 = No, 1 = Yes) | Out of stock action | Virtual product |
    File URL | Number of allowed downloads | Expiration date | Number of days | ID / Name of shop | Advanced
    stock management | Depends On Stock | Warehouse | Acessories (x,y,z...)
unused: Product ID
"""
AMAZON = """
categoryPath: feed_product_type
sku: item_sku
brand: brand_name | manufacturer
gtin: external_product_id
title: item_name
mpn: part_number
description: product_description
price: standard_price
originalPrice: list_price
_stock: quantity
primaryImageUrl: main_image_url
secondaryImages: other_image_url1 | other_image_url2
parentId: parent_sku
shortDescription: bullet_point1
tags: generic_keywords
color: color_name | color_map
size: size_name
material: material_type | outer_material_type
gender: target_gender | department_name
ageGroup: age_range_description
pattern: pattern_type
condition: condition_type
_salePrice: sale_price
currency: currency
attributes: external_product_id_type | model | item_type | update_delete | swatch_image_url | parent_child |
    relationship_type | variation_theme | bullet_point2 | bullet_point3 | bullet_point4 | bullet_point5 |
    size_map | style_name | item_length | item_length_unit_of_measure | item_width | item_width_unit_of_measure
    | item_height | item_height_unit_of_measure | item_weight | item_weight_unit_of_measure |
    website_shipping_weight | website_shipping_weight_unit_of_measure | package_length | package_width |
    package_height | package_length_unit_of_measure | package_weight | package_weight_unit_of_measure |
    country_of_origin | condition_note | sale_from_date | sale_end_date | product_tax_code | fulfillment_latency
    | merchant_shipping_group_name | max_order_quantity | restock_date | release_date |
    offering_can_be_gift_messaged | number_of_items | item_package_quantity | warranty_description |
    care_instructions | recommended_browse_nodes | product_site_launch_date | merchant_release_date
"""

EXPORTS = {
    "Google Merchant": GOOGLE_MERCHANT,
    "Meta": META,
    "Shopify": SHOPIFY,
    "Shopify since 2025": SHOPIFY_2025,
    "WooCommerce": WOOCOMMERCE,
    "Magento": MAGENTO,
    "PrestaShop": PRESTASHOP,
    "Amazon": AMAZON,
}


def stated(table):
    lines = table.strip().replace("\n    ", " ").split("\n")
    return {name: headers.split(" | ") for name, _, headers in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_column_goes_where_it_belongs(name):
    said = stated(EXPORTS[name])
    pairs, unused, attributes = (said.pop(kind, []) for kind in ("pairs", "unused", "attributes"))
    known = [header for headers in said.values() for header in headers]
    plan = plan_headers(tuple(sorted([*known, *pairs, *unused, *attributes])))
    assert {field: list(headers) for field, headers in plan.fields.items()} == said
    assert sorted(header for header, _ in plan.attributes) == sorted(attributes)
    assert sorted(header for pair in plan.pairs for header in pair) == sorted(pairs)


def test_magento_packs_attributes_into_one_cell(run):
    cell = 'color=Red,size=M,manufacturer=Acme,care=cold, gentle,note="say ""hi"", twice",weight_kg=1.5'
    first, plain = run(
        {"sku": "1", "additional_attributes": cell}, {"sku": "2", "additional_attributes": "none at all"}
    )
    assert (first["color"], first["size"], first["brand"]) == ("Red", "M", "Acme")
    assert first["attributes"] == {"care": "cold, gentle", "note": 'say "hi", twice', "weight_kg": "1.5 kg"}
    assert plain["attributes"] == {"additional_attributes": "none at all"}


def test_prestashop_packs_features_into_one_cell(run):
    (product,) = run({"Feature(Name:Value:Position)": "Color:Red:1,Fit:Slim:2", "Reference #": "R-1"})
    assert (product["color"], product["sku"], product["attributes"]) == ("Red", "R-1", {"Fit": "Slim"})


def test_prestashop_prices_without_tax_are_no_prices(run):
    (product,) = run({"Price tax excluded": "10", "Unit price": "2", "Unity": "kg", "Ecotax": "0"})
    assert product["price"] is None
    assert product["attributes"]["Price tax excluded"] == "10"


def test_an_asin_is_no_barcode(run):
    asin, ean = run(
        {"external_product_id": "B00EXAMPLE", "external_product_id_type": "ASIN"},
        {"external_product_id": "4006381333931", "external_product_id_type": "EAN"},
    )
    assert (asin["gtin"], asin["attributes"]["ASIN"], asin["rules"]) == (None, "B00EXAMPLE", [])
    assert (ean["gtin"], ean["attributes"]) == ("4006381333931", {"external_product_id_type": "EAN"})


def test_a_shopify_option_wins_over_the_metafield_of_its_product(run):
    metafield = "Color (product.metafields.shopify.color-pattern)"
    option, alone = run(
        {metafield: "navy; white", "Option1 name": "Color", "Option1 value": "Navy"}, {metafield: "navy; white"}
    )
    assert (option["color"], alone["color"]) == ("Navy", "navy/white")
