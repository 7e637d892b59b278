"""Detector `webhook-url`: addresses that let anybody post: Slack, Discord, Microsoft Teams, Google Chat."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import replaced

DETECTOR = Detector(
    name="webhook-url",
    what="Webhook addresses of Slack, Discord, Microsoft Teams and Google Chat; the host stays.",
    pattern=(
        r"(hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api(?:/v[0-9]{1,2})?/webhooks/"
        r"|webhook\.office\.com/webhookb2/|outlook\.office\.com/webhook/|chat\.googleapis\.com/v1/spaces/)"
        r"[A-Za-z0-9_][A-Za-z0-9_@/?&=%.-]{9,}"
    ),
    first_look=(
        r"(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api(?:/v[0-9]{1,2})?/webhooks"
        r"|webhook\.office\.com/webhookb2|outlook\.office\.com/webhook|chat\.googleapis\.com/v1/spaces)/[A-Za-z0-9_]"
    ),
    replacement=r"\1" + replaced("webhook-url"),
    matches=(
        Example(f"https://hooks.slack.com/services/T{letters(9)}/B{letters(9)}/{letters(24)}", letters(24)),
        Example(f"https://discord.com/api/webhooks/148392840000482200/{letters(68)}", letters(68)),
        Example(
            f"https://acme.webhook.office.com/webhookb2/{hexes(36)}@{hexes(36)}/IncomingWebhook/{hexes(32)}", hexes(32)
        ),
    ),
    misses=(
        "https://hooks.slack.com/services/",
        "see https://api.slack.com/messaging/webhooks",
        "https://discord.com/api/v10/channels/1234567890123456",
    ),
    source="https://api.slack.com/messaging/webhooks and https://discord.com/developers/docs/resources/webhook",
)
