"""Detector `azure-key`: keys in connection strings and signed addresses of Azure."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import replaced

DETECTOR = Detector(
    name="azure-key",
    what="Account and shared access keys in connection strings, signatures in addresses, and the newer keys of Azure.",
    pattern=(
        r"(?:((?:AccountKey|SharedAccessKey|SharedSecret)=)[A-Za-z0-9+/]{20,}={0,2}"
        r"|([?&;]sig=)[A-Za-z0-9%+/_-]{24,}={0,2}"
        r"|\b[A-Za-z0-9]+JQQJ9[0-9A-Z]{2}[A-Za-z0-9+/]{16,}={0,2})"
    ),
    first_look=(
        r"(?:(?:AccountKey|SharedAccessKey|SharedSecret)=[A-Za-z0-9+/]{20}|[?&;]sig=[A-Za-z0-9%+/_-]{24}"
        r"|JQQJ9[0-9A-Z]{2}[A-Za-z0-9+/]{16})"
    ),
    replacement=r"\1\2" + replaced("azure-key"),
    matches=(
        Example(f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={letters(86)}==;", letters(86)),
        Example(f"Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey={letters(43)}=", letters(43)),
        Example(f"https://a.blob.core.windows.net/c/b?sv=2024&sig={letters(43)}%3D", letters(43)),
    ),
    misses=("AccountKey=", "AccountKey=<your key>", "&sig=short", "design=elegant"),
    source="https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string",
)
