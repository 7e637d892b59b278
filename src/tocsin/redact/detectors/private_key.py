"""Detector `private-key`: private keys in PEM and OpenSSH armour."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import replaced

# `-----BEGIN ` and the first letters of the kinds, in Base64: a whole file encoded once more.
_ENCODED = r"LS0tLS1CRUdJTi(?:BSU0Eg|BQUklW|BPUEVO|BFQyBQ|BFTkNS|BEU0Eg)"
_KIND = r"[A-Z0-9 ]+PRIVATE KEY(?: BLOCK)?"

DETECTOR = Detector(
    name="private-key",
    what="Private keys in PEM, OpenSSH and PGP armour; where a cut-off value has no end, all that looks like the key.",
    # Inside: anything without two dashes in a row, so that headers such as Proc-Type and lines of a log are in.
    pattern=(
        rf"-----BEGIN{_KIND}-----(?:(?:[^-]|-[^-])*-{{1,5}}-----END{_KIND}-----"
        rf"|(?:[^-]|-[^-])*-----END{_KIND}-----|[A-Za-z0-9+/=\s\\\"',:]*)|{_ENCODED}[A-Za-z0-9+/=\\\s]{{20,}}"
    ),
    first_look=rf"-----BEGIN[A-Z0-9 ]+PRIVATE KEY|{_ENCODED}",
    replacement=replaced("private-key"),
    matches=(
        Example(
            f"-----BEGIN RSA PRIVATE KEY-----\n{letters(64)}\n{letters(20)}==\n-----END RSA PRIVATE KEY-----\n",
            letters(20),
        ),
        Example(f"-----BEGIN PRIVATE KEY-----\\\\n{letters(64)}\\\\n-----END PRIVATE KEY-----", letters(64)),
        Example(f"cut: -----BEGIN OPENSSH PRIVATE KEY-----\n{letters(64)}\n{letters(30)}", letters(30)),
        Example(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0\n\n"
            f"{letters(64)}\n-----END RSA PRIVATE KEY-----",
            letters(64),
        ),
    ),
    misses=(
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "BEGIN PRIVATE KEY",
    ),
    source="RFC 7468, RFC 4716 and the OpenSSH key format",
)
