"""Guesses from a column's name, in English, French and Dutch, which kind masks it; a person confirms or corrects it."""

from __future__ import annotations

import re
import unicodedata

_ENTITIES = (
    r"person|persoon|contact|customer|client|klant|member|membre|\blid\b|user|gebruiker|utilisateur|employee|employe"
    "|medewerker|patient|owner|proprietaire|eigenaar|recipient|destinataire|ontvanger"
)
"""Words for people: in a key they say whose row it is, not who that is."""

_KINDS: tuple[tuple[str, str], ...] = (
    ("password", r"passw|pwd|mot de passe|motdepasse|wachtwoord|mdp$"),
    ("mail", r"mail|courriel"),
    ("phone", r"phone|mobile|mobiel|\bfax|\btel\b|\btel[0-9]|telefoon|\bgsm"),
    ("date", r"birth|naissance|geboorte|\bdob\b|deces|overlijden|anniversaire|verjaardag"),
    ("iban", r"iban|\bbic\b|bank|banque|rekening|swift|account number|compte"),
    ("vat", r"\bvat|\btva\b|\btva[0-9]|btw|siren|siret|\bkvk\b|\bbce\b|\bkbo\b"),
    ("text", r"ssn|niss\b|insz|\bbsn\b|national|rijksregister|registre|passport|passeport|paspoort|identit"),
    ("text", r"secret|token|apikey|api key|geheim|signature|handtekening|\bip\b|ip addr"),
    (
        "address",
        r"address|adres|street|\brue\b|straat|\bcity|\bville\b|\bstad\b|town|gemeente|commune|\bzip\b|postal"
        r"|post ?code",
    ),
    ("first_name", r"first ?name|given ?name|prenom|voornaam|forename"),
    ("company", r"company|societe|entreprise|bedrijf|\bfirma"),
    ("last_name", r"name|\bnom\b|naam|famille"),
    ("text", r"\bage\b|leeftijd|latitude|longitude|\bgps|geoloc|huis ?nummer|house ?n"),
    ("text", r"gender|sex|genre|geslacht|civilite|nationalit|religi|gezondheid|sante|health"),
    ("text", r"comment|description|remark|remarque|opmerking|note|notitie|message|bericht|beschrijving|toelichting"),
    ("last_name", _ENTITIES),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_ENTITY = re.compile(_ENTITIES)
_ID = re.compile(r"\b(id|uuid|guid|nr|no|key|fk|pk)$|\b(id|fk) ")


def likely_kind(name: str) -> str:
    """The kind for a name that looks personal; empty where it does not."""
    plain = _plain(name)
    return next((kind for kind, pattern in _PATTERNS if pattern.search(plain)), "")


def names_a_person_s_row(name: str) -> bool:
    """Whether a key named so looks personal only because it refers to a person: `clientId`, `id_membre`."""
    plain = _plain(name)
    without = _ID.sub("", _ENTITY.sub("", plain)).strip()
    return bool(_ID.search(plain)) and not likely_kind(without)


def _plain(name: str) -> str:
    """The name's words in small letters without accents: `dateNaissance` and `DATE_NAISSANCE` are `date naissance`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    decomposed = unicodedata.normalize("NFKD", re.sub(r"[\W_]+", " ", apart))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower().strip()
