"""More spellings of the closed lists: Italian, Dutch, and what shops in the other five languages write."""

from typing import Final

MORE: Final = {
    "availability": {
        "in_stock": """
        disponibile, disponibilità immediata, disponibile subito, pronta consegna, op voorraad, leverbaar,
        direct leverbaar, beschikbaar, voorradig, uit voorraad leverbaar, disponible de inmediato, disponible
        inmediatamente, entrega inmediata, entrega imediata, lieferung sofort, ab lager, ab lager lieferbar, auf
        lager verfügbar, vorhanden, verfuegbar, sofort verfuegbar, in stock now, in stock - ships today, few
        left, only a few left, stock disponible, stock faible, derniers articles en stock, ultimi pezzi, ultimi
        pezzi disponibili, laatste stuks, many in stock, disponível em estoque, disponível em stock, poucas
        unidades, últimas unidades, in voorraad, wenige verfügbar, expédié sous 24h, disponible à la vente
    """,
        "out_of_stock": """
        esaurito, non disponibile, non in magazzino, fuori stock, terminato, temporaneamente non disponibile,
        momentaneamente non disponibile, uitverkocht, niet op voorraad, niet leverbaar, niet beschikbaar, niet
        voorradig, tijdelijk uitverkocht, tijdelijk niet leverbaar, nee, momentan nicht verfügbar, derzeit nicht
        verfügbar, derzeit nicht lieferbar, momentan ausverkauft, nicht verfuegbar, temporairement indisponible,
        actuellement indisponible, temporairement en rupture, sin disponibilidad, temporalmente agotado,
        temporalmente sin stock, indisponível no momento, temporariamente indisponível, temporariamente
        esgotado, zero stock, in rupture
    """,
        "preorder": """
        preordine, in preordine, prenotabile, in prenotazione, preordinabile, prossimamente, voorverkoop,
        pre-orderen, binnenkort verkrijgbaar, binnenkort beschikbaar, voorbestelling, te reserveren, bald
        verfügbar, demnächst verfügbar, vorverkauf, bientôt disponible, à paraître, próximamente, em breve,
        brevemente, pré-reserva, prevente
    """,
        "backorder": """
        ordinabile, su ordinazione, disponibile su ordinazione, in riassortimento, in arrivo, nabestelling, in
        nabestelling, in backorder, op bestelling, nalevering, in bestelling, nachlieferung, nachlieferbar,
        rückstand, en cours de réapprovisionnement, en commande, disponible sur commande, bajo demanda, en
        reposición, disponible bajo pedido, pedido pendiente, por encomenda, em reposição, sob pedido,
        disponible en reposición
    """,
        "discontinued": """
        fuori produzione, non più disponibile, cessato, dismesso, uit assortiment, niet meer leverbaar, uit
        productie, uitlopend, nicht mehr verfügbar, nicht mehr im sortiment, produktion eingestellt, plus
        disponible, plus fabriqué, définitivement indisponible, supprimé, fuera de catálogo, ya no disponible,
        fora de linha, fora de catálogo, não fabricado, no longer available, obsoleto, stopgezet
    """,
    },
    "condition": {
        "new": """
        nuovo, nuova, nuovi, nieuw, nieuwe, ongebruikt, neu & ovp, originalverpackt, neuf avec étiquette, neuf
        sous emballage, nuevo con etiquetas, novo com etiqueta, nuovo con etichetta, nieuw met kaartje, à l'état
        neuf, unused, a estrenar, lacrado, sigillato, neues, ungebraucht, unbenutzt
    """,
        "refurbished": """
        ricondizionato, ricondizionata, rigenerato, rinnovato, gereviseerd, gerenoveerd, opgeknapt, aufbereitet,
        aufgearbeitet, runderneuert, überholt, generalueberholt, reconditionnée, remanufacturé, rénové,
        restaurada, recondicionada, renovado, remanufaturado
    """,
        "used": """
        usato, usata, di seconda mano, seconda mano, come nuovo, gebruikt, tweedehands, zo goed als nieuw, als
        nieuw, gebrauchtware, aus zweiter hand, gebraucht - gut, gebraucht - sehr gut, gebraucht - wie neu,
        seconde main, de seconde main, utilisé, très bon état, bon état, usado como nuevo, pre-loved, usati
    """,
    },
    "gender": {
        "male": """
        uomo, uomini, maschio, maschi, maschile, ragazzo, ragazzi, bambino, heren, mannen, mannelijk, jongen,
        jongens, male adult, per uomo, da uomo, für herren, für männer, pour homme, pour hommes, para hombre,
        para homem, voor heren, varón, varones, caballeros, chicos, masculina, rapaz, rapazes, gents, gentlemen,
        knabe, knaben, buben
    """,
        "female": """
        donna, donne, femmina, femmine, femminile, ragazza, ragazze, bambina, bambine, dames, vrouw, vrouwen,
        vrouwelijk, meisje, meisjes, per donna, da donna, für damen, für frauen, pour femme, pour femmes, para
        mujer, para mulher, voor dames, señoras, femenina, feminina, rapariga, raparigas, damas, hembra,
        femelle, senhora, senhoras, weibl.
    """,
        "unisex": """
        uomo e donna, donna e uomo, uomo donna, dames en heren, heren en dames, dames/heren, mannen en vrouwen,
        femme et homme, homme et femme, hombre y mujer, mujer y hombre, homem e mulher, women and men, boys and
        girls, girls and boys, neutro, genderneutraal, geschlechtsneutral, für alle, mixto, misto, unisexo, niño
        y niña, jungen und mädchen, garçon et fille
    """,
    },
    "ageGroup": {
        "newborn": """
        neonato, neonati, neonata, pasgeboren, pasgeborene, neugeboren, nouveau-nés, recién nacidos,
        recém-nascidos, 0-3m, 0-3 monate, 0-3 mois, 0-3 meses, 0-3 mesi, 0-3 maanden
    """,
        "infant": """
        lattante, lattanti, zuigeling, zuigelingen, kleinstkind, 3-12 monate, 3-12 mois, 3-12 meses, 3-12 mesi,
        3-12 maanden, lactantes, lactente, lactentes
    """,
        "toddler": """
        bimbo, bimbi, prima infanzia, peuter, peuters, dreumes, kleuter, 1-5 jahre, 1-5 ans, 1-5 años, 1-5 anni,
        1-5 jaar, tout-petits, petite enfance, niños pequeños, crianças pequenas, preschool
    """,
        "kids": """
        bambini, bambino, bambina, bambine, ragazzi, ragazzo, kinderen, jeugd, junioren, 5-13 jahre, 5-13 ans,
        5-13 años, 5-13 anni, 5-13 jaar, garçon, garçons, fille, filles, jungen, mädchen, infantiles, juvenil,
        menino, meninos, menina, meninas, children's, jongens, meisjes, juniors, per bambini, für kinder, pour
        enfants, para niños, para crianças, voor kinderen
    """,
        "adult": """
        adulti, volwassene, volwassenen, erwachsen, teenagers, jeunes adultes, adultas, jóvenes, jovens,
        adolescenti, adolescentes, tieners, women, men, damen, herren, für erwachsene, pour adultes, para
        adultos, per adulti, voor volwassenen, uomo, donna, heren, dames
    """,
    },
}
"""Field → canonical value → spellings, parted by commas."""
