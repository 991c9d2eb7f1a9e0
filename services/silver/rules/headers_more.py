"""Italian and Dutch headers, and those of exports that the first list lacks; what both know, the first decides."""

from typing import Final

MORE_ALIASES: Final = {
    "sku": """
        codice articolo, codice prodotto, cod articolo, riferimento, articolo numero, artikelcode, productcode,
        productnummer, bestelnummer, referentie, reference code, stock code, item reference, codice,
        reference number
    """,
    "gtin": """
        codice a barre, codice ean, barcode ean, ean code, eancode, streepjescode, ean-13 or jan barcode, ean jan
        barcode, product id value, gtin ean, ean gtin code, codigo ean, european article number
    """,
    "mpn": """
        codice produttore, codice fabbricante, numero parte, codice modello, fabrikantnummer, onderdeelnummer,
        modelnummer, artikelnummer fabrikant, manufacturer code, supplier reference, mfr number, herstellernr,
        modellnummer, google shopping manufacturer part number mpn, supplier reference number
    """,
    "brand": """
        marchio, produttore, fabbricante, merk, merknaam, fabrikant, brand label, markenhersteller
    """,
    "title": """
        titolo, titolo prodotto, nome prodotto, nome articolo, nome del prodotto, titel product, naam,
        productnaam, producttitel, artikelnaam, display name, nome do artigo, nombre de artículo
    """,
    "description": """
        descrizione, descrizione prodotto, descrizione lunga, descrizione del prodotto, omschrijving,
        productomschrijving, beschrijving, productbeschrijving, lange omschrijving, artikelbeschreibung, rich
        text description
    """,
    "shortDescription": """
        descrizione breve, breve descrizione, riassunto, sottotitolo, korte omschrijving, korte beschrijving,
        samenvatting, bullet point 1, key product features1
    """,
    "categoryPath": """
        categoria prodotto, categoria merceologica, percorso categoria, tipo prodotto, tipo di prodotto, reparto,
        categorie, productcategorie, productgroep, producttype, hoofdcategorie, feed product type, default
        category
    """,
    "price": """
        prezzo, prezzo di vendita, prezzo vendita, prezzo unitario, prezzo ivato, prezzo iva inclusa, prijs,
        verkoopprijs, stukprijs, prijs incl btw, prijs inclusief btw, price tax included, final price tax
        included
    """,
    "originalPrice": """
        prezzo originale, prezzo di listino, prezzo listino, prezzo pieno, prezzo precedente, prezzo barrato,
        oude prijs, originele prijs, adviesprijs, van prijs, vanprijs, catalogusprijs, precio tachado,
        unverbindliche preisempfehlung
    """,
    "_salePrice": """
        prezzo scontato, prezzo offerta, prezzo in offerta, prezzo promozionale, prezzo speciale, prezzo
        ribassato, actieprijs, aanbiedingsprijs, kortingsprijs, voor prijs, precio con descuento, reduzierter
        preis
    """,
    "_regularPrice": """
        prezzo regolare, prezzo normale, normale prijs, reguliere prijs, prix normal, prix habituel
    """,
    "currency": "valuta, divisa prezzo, munteenheid, munt",
    "availability": """
        disponibilità, disponibilita, disponibile, stato magazzino, disponibilità prodotto, beschikbaarheid,
        beschikbaar, voorraadstatus, leverbaarheid, op voorraad
    """,
    "condition": """
        condizione, condizioni, stato prodotto, stato del prodotto, conditie, staat, toestand, productconditie
    """,
    "primaryImageUrl": """
        immagine, immagine principale, url immagine, link immagine, foto prodotto, afbeelding, hoofdafbeelding,
        afbeelding url, afbeeldingslink, afbeeldings url, productafbeelding, url dell immagine,
        variant image url
    """,
    "secondaryImages": """
        immagini aggiuntive, altre immagini, link immagini aggiuntive, extra afbeeldingen, aanvullende
        afbeeldingen, overige afbeeldingen, extra afbeelding link
    """,
    "_images": "immagini, afbeeldingen, product image urls, toutes les images, url images",
    "url": """
        link prodotto, url prodotto, pagina prodotto, indirizzo web, product url link, productpagina, webadres
    """,
    "color": """
        colore, colori, kleur, kleuren, kleurnaam, color map, couleur principale, color principal, cor principal
    """,
    "size": """
        taglia, misura, maat, afmeting maat, konfektionsgröße, talla de ropa, tamanho da roupa, größe eu, size eu
    """,
    "material": """
        materiale, tessuto, composizione, materiaal, stof, stofsoort, composición, composição, materiales,
        outer material type
    """,
    "gender": "genere, sesso, geslacht, doelgroep geslacht",
    "ageGroup": """
        fascia di età, fascia d età, gruppo di età, leeftijdsgroep, leeftijdscategorie, altersklasse
    """,
    "pattern": "fantasia, motivo, stampa, patroon, dessin, print patroon",
    "parentId": """
        id gruppo articoli, codice padre, id padre, hoofdartikel, hoofdproduct, ouder id, id du groupe
    """,
    "metaTitle": "meta titolo, titolo seo, metatitel, seo titel",
    "metaDescription": "meta descrizione, descrizione seo, meta omschrijving, metabeschrijving, seo omschrijving",
    "tags": "etichette, parole chiave, trefwoorden, zoekwoorden, zoektermen",
    "_stock": """
        giacenza, quantità, quantita, scorte, quantità disponibile, giacenza magazzino, voorraad, voorraadaantal,
        aantal, lagermenge, verfügbare menge, quantity to sell on facebook, fulfillment quantity, stock actual
    """,
    "_categories": "categorie prodotto, categorieën, categorias do produto",
}
"""Canonical field or helper column → its headers."""
