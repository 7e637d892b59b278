"""Detector `service-token`: tokens of other services whose shape gives them away."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

# Prefix and what follows it, each from the service's own documentation.
_SHAPES = (
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"rubygems_[0-9a-f]{40,}",
    r"CLOJARS_[0-9a-f]{50,}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
    r"do[opr]_v1_[0-9a-f]{60,}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"xkeysib-[0-9a-f]{40,}-[A-Za-z0-9]{10,}",
    r"gl(?:sa|c)_[A-Za-z0-9_=+/-]{30,}",
    r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
    r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}",
    r"sntr(?:ys|yu)_[A-Za-z0-9_=+/-]{40,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}",
    r"lin_api_[A-Za-z0-9]{30,}",
    r"ntn_[A-Za-z0-9]{40,}",
    r"secret_[A-Za-z0-9]{43}\b",
    r"PM(?:AK|AT)-[A-Za-z0-9-]{20,}",
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    r"dapi[0-9a-f]{32}",
    r"dose[0-9a-f]{32}",
    r"AT(?:ATT|CTT|BB)3?[A-Za-z0-9_=+-]{30,}",
    r"sbp_(?:v0_)?[0-9a-f]{40}",
    r"sb_secret_[A-Za-z0-9_-]{20,}",
    r"pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.-]{30,}",
    r"NR(?:AK|BR|JS|II|IQ)-[A-Za-z0-9_-]{18,}",
    r"[0-9a-fx]{36}NRAL\b",
    r"eyJrIjoi[A-Za-z0-9]{30,}={0,2}",
    r"sl\.B[A-Za-z0-9_-]{80,}",
    r"cf(?:at|ut|k)_[A-Za-z0-9]{40,}",
    r"vc[apikr]_[A-Za-z0-9]{40,}",
    r"fig[dou]_[A-Za-z0-9_-]{40,}",
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}",
    r"EAAAE[A-Za-z0-9_-]{55,}",
    r"dnkey-[A-Z0-9=_-]{40,}",
    r"akab-[A-Za-z0-9]{16}-[A-Za-z0-9]{16}",
    r"cosmo_[0-9a-f]{32}",
    r"ops_eyJ[A-Za-z0-9_-]{60,}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    r"SWMTKN-1-[A-Za-z0-9-]{50,}",
    r"SWMKEY-1-[A-Za-z0-9+/]{40,}",
    r"AKCp[0-9][A-Za-z0-9]{60,}",
    r"cmVmdGtu[A-Za-z0-9]{50,}",
    r"key-[0-9a-f]{32}\b",
    r"[0-9a-f]{32}-us[0-9]{1,2}\b",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b",
    r"[MN][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
    r"A{21}[A-Za-z0-9%+/]{60,}",
)

_PATTERN = EDGE + rf"(?:{'|'.join(_SHAPES)})" + TAIL

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
        Example(f"//registry.npmjs.org/:_authToken=npm_{letters(36)}", letters(36)),
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
    source="each service's own documentation of its tokens; see the table in the file",
)
