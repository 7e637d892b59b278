"""Detector `service-token`: tokens of other services whose shape gives them away."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import EDGE, loosened, replaced

# Prefixes before at least 24 letters and digits.
_PLAIN = (
    r"npm_|lin_api_|ntn_|secret_|rubygems_|CLOJARS_|do[opr]_v1_|dapi|dose|sbp_(?:v0_)?|cosmo_|shp(?:at|ca|pa|ss)_|sntryu_"
    r"|cf(?:at|ut|k)_|vc[apikr]_|AKCp[0-9]|cmVmdGtu|eyJrIjoi|AGE-SECRET-KEY-1"
)
# Prefixes before at least 18 of the wider set of signs.
_WIDE = (
    r"pypi-Ag|dckr_(?:pat|oat)_|xkeysib-|gl(?:sa|c)_|hv[sbr]\.|sntrys_|dp\.(?:pt|st|ct|sa|scim|audit)\.|PM(?:AK|AT)-"
    r"|AT(?:ATT|CTT)3|ATBB|sb_secret_|pscale_(?:pw|tkn|oauth)_|NR(?:AK|BR|JS|II|IQ)-|fig[dou]_|sq0(?:atp|csp|idp)-|EAAAE"
    r"|dnkey-|akab-|ops_eyJ|SWM(?:TKN|KEY)-1-|sl\.B|access_token\$(?:production|sandbox)\$|[A-Za-z0-9]{14}\.atlasv1\."
)
# Shapes without a telling prefix: Mailgun, Mailchimp, New Relic, Telegram, Discord, Airtable, SendGrid.
_OTHERS = (
    r"key-[0-9a-f]{32}\b",
    r"[0-9a-f]{32}-us[0-9]{1,2}\b",
    r"[0-9a-fx]{36}NRAL\b",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b",
    r"[MN][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}",
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{24}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16}",
)

_PATTERN = (
    EDGE
    + rf"(?:(?:{_PLAIN})[A-Za-z0-9]{{24}}|(?:{_WIDE})[A-Za-z0-9_.$=+/-]{{18}}|{'|'.join(_OTHERS)})[A-Za-z0-9_=+/-]*"
)

DETECTOR = Detector(
    name="service-token",
    what=(
        "Tokens of package registries, clouds, chat, mail, payment and developer services whose prefix gives them away "
        "(npm, PyPI, Docker, DigitalOcean, SendGrid, Grafana, Vault, Sentry, Notion, Databricks, Discord and others)."
    ),
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("service-token"),
    matches=(
        Example(f"//packages.example.com/:_authToken=npm_{letters(36)}", letters(36)),
        Example(f"pypi-AgEIcHlwaS5vcmc{letters(150)}", letters(150)),
        Example(f"dckr_pat_{letters(27)}", letters(27)),
        Example(f"SG.{letters(22)}.{letters(43)}", letters(43)),
        Example(f"hvs.{letters(90)}", letters(90)),
        Example(f"dapi{hexes(32)}", hexes(32)),
        Example(f"ntn_{letters(46)}", letters(46)),
        Example(f"glsa_{letters(32)}_{hexes(8)}", letters(32)),
    ),
    misses=(
        "npm_config_registry",
        "pypi-server",
        "SG.exe",
        "dapi",
        "key-value",
        "EAAAE",
        "chatcmpl-9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c",
        "3f9a7c1e5b0d86423f9a7c1e5b0d8642",
    ),
    source="each service's own documentation of its tokens; the lists in the file",
)
