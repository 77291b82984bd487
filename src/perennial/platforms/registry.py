"""Makes the transports of a process from its settings."""

from perennial.core.states import Platform
from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Transport
from perennial.platforms.x.transport import X
from perennial.settings import Settings


def transports(settings: Settings, session: HttpSession) -> dict[Platform, Transport]:
    """One transport for each platform. They send requests through the session, which the caller closes."""
    return {Platform.X: _x(settings, session), Platform.LINKEDIN: _linkedin(settings, session)}


def _x(settings: Settings, session: HttpSession) -> X:
    secret = settings.x_client_secret
    return X(session, settings.x_api_url, settings.x_client_id, secret.get_secret_value() if secret else None)


def _linkedin(settings: Settings, session: HttpSession) -> LinkedIn:
    secret = settings.linkedin_client_secret
    return LinkedIn(
        session,
        settings.linkedin_api_url,
        settings.linkedin_oauth_url,
        settings.linkedin_version,
        settings.linkedin_client_id,
        secret.get_secret_value() if secret else None,
    )
