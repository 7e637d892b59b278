"""Channel `apprise`: 150 services that the apprise library knows, such as Telegram, Discord, Teams or ntfy.

Needs `pip install "tocsin[apprise]"`; nothing of it is imported before a channel of this kind is set up. apprise says
whether a service took the message and not why it didn't, so what fails is tried again until it is too old.

Source: appriseit.com, "Services" and "Development API".
"""

import importlib
import logging
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

import httpx

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID
from tocsin.notify.render import plain_text

LIBRARY = "apprise"
# A little less than a try may take, so that apprise gives up before it is given up.
SERVICE_TIMEOUT_S = 9.0
# These write addresses, and so tokens, into their log lines.
_TALKATIVE = ("apprise", "urllib3.connectionpool", "requests_oauthlib.oauth1_auth", "requests_oauthlib.oauth2_session")


@dataclass(frozen=True, slots=True)
class Settings:
    """Which service, as apprise writes it."""

    # The service's apprise URL, such as tgram://TOKEN/CHAT; it holds the password, so it is a secret.
    url: Secret

    def __post_init__(self) -> None:
        if not _library().Apprise().add(self.url.reveal()):
            raise ValueError(
                "url is not an address that apprise knows; see appriseit.com for how each service is written"
            )


async def send(settings: Settings, notice: Notice, _: httpx.AsyncClient, _at: datetime) -> Outcome:
    """Hand the message to apprise, which waits for the service in a thread of its own."""
    library = _library()
    asset = library.AppriseAsset(app_id="Tocsin", app_desc="Tocsin", app_url="", image_url_mask="", image_path_mask="")
    service = library.Apprise(asset=asset)
    service.add(settings.url.reveal())
    taken = await service.async_notify(
        title=notice.headline,
        body=plain_text(notice).removeprefix(notice.headline).lstrip("\n"),
        notify_type=library.NotifyType(_kind(notice)),
        body_format=library.NotifyFormat.TEXT,
        interpret_escapes=False,
        timeout=SERVICE_TIMEOUT_S,
    )
    return Delivered() if taken else TryAgain(NOT_SAID, "apprise could not deliver it, and does not say why")


def _kind(notice: Notice) -> str:
    if notice.state is NoticeState.RESOLVED:
        return "success"
    return "failure" if notice.severity is Severity.PAGE else "warning"


def _library() -> ModuleType:
    try:
        library = importlib.import_module(LIBRARY)
    except ImportError:
        raise ValueError('apprise is not installed; install it with: pip install "tocsin[apprise]"') from None
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_SILENCE)
    return library


class _Silence(logging.Filter):
    """Lets nothing through; a filter that is there already is not added again."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.CRITICAL


_SILENCE = _Silence()

CHANNEL = Channel(
    name="apprise",
    settings=Settings,
    send=send,
    explanation="Any of the services that apprise knows, such as Telegram, Discord, Teams or ntfy.",
)
