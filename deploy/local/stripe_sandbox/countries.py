"""Where connected accounts may live, and the currency each settles in unless told otherwise."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox.errors import refused

_EURO: Final = "AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK"
_DOLLAR: Final = "EC GU PR PS SV TL US VI"
_OTHERS: Final = """
    AE aed AG xcd AL all AM amd AO aoa AR ars AU aud AZ azn BA bam BD bdt BH bhd BJ xof BN bnd
    BO bob BR brl BS bsd BT inr BW bwp CA cad CH chf CI xof CL clp CN cny CO cop CR crc CZ czk
    DK dkk DM xcd DO dop DZ dzd EG egp ET etb FJ fjd GA xaf GB gbp GD xcd GE gel GH ghs GI gbp
    GM gmd GN gnf GT gtq GY gyd HK hkd HN hnl HU huf ID idr IL ils IN inr IS isk JM jmd JO jod
    JP jpy KE kes KG kgs KH khr KR krw KW kwd KZ kzt LA lak LB lbp LC xcd LI chf LK lkr LR lrd
    LS lsl MA mad MD mdl MG mga MK mkd MM mmk MN mnt MO mop MR usd MU mur MV mvr MW mwk MX mxn
    MY myr MZ mzn NA nad NE xof NG ngn NI nio NO nok NP npr NZ nzd OM omr PA usd PE pen PG pgk
    PH php PK pkr PL pln PY pyg QA qar RO ron RS rsd RW rwf SA sar SE sek SG sgd SN xof SZ szl
    TD xaf TG xof TH thb TJ tjs TN tnd TR try TT ttd TW twd TZ tzs UA uah UG ugx UY uyu UZ uzs
    VC xcd VN vnd WS wst ZA zar ZM zmw
"""


def _currencies() -> dict[str, str]:
    words = _OTHERS.split()
    table = dict(zip(words[::2], words[1::2], strict=True))
    return table | dict.fromkeys(_EURO.split(), "eur") | dict.fromkeys(_DOLLAR.split(), "usd")


DEFAULT_CURRENCIES: Final[dict[str, str]] = _currencies()


def country_of(code: str) -> str:
    """Return the upper-case code of a country that accounts may be opened in."""
    country = code.upper()
    if country not in DEFAULT_CURRENCIES:
        raise refused(
            f"Country '{code}' is unknown. Try using a 2-character alphanumeric country code "
            "instead, such as 'US', 'EG', or 'GB'.",
            code="country_unsupported",
            param="country",
        )
    return country
