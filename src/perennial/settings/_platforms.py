"""Settings for the platforms: the URLs of X and LinkedIn, and the id and secret of our app on each."""

from collections.abc import Iterator
from functools import cached_property

from pydantic import BaseModel, Field, SecretStr

from perennial.settings.validators import http_url_error

X_API_URL = "https://api.x.com"
LINKEDIN_API_URL = "https://api.linkedin.com"
LINKEDIN_OAUTH_URL = "https://www.linkedin.com/oauth/v2"


class PlatformSettings(BaseModel):
    """The platforms' part of Settings."""

    x_api_url: str = X_API_URL
    x_client_id: str | None = None
    x_client_secret: SecretStr | None = None
    linkedin_api_url: str = LINKEDIN_API_URL
    linkedin_oauth_url: str = LINKEDIN_OAUTH_URL
    linkedin_version: str = Field(default="202609", pattern=r"^\d{6}$", description="six digits, such as 202609")
    linkedin_client_id: str | None = None
    linkedin_client_secret: SecretStr | None = None

    @cached_property
    def platform_urls(self) -> tuple[str, ...]:
        """The URLs that requests to platforms go to."""
        return (self.x_api_url, self.linkedin_api_url, self.linkedin_oauth_url)

    def platform_url_errors(self) -> Iterator[str]:
        """Yields a sentence for each address that is not an HTTP URL, or has a password in it."""
        for name, url in zip(("X_API_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL"), self.platform_urls, strict=True):
            if error := http_url_error(url):
                yield f"PERENNIAL_{name} {error}"

    def oauth_client_errors(self) -> Iterator[str]:
        """Yields a sentence for each app that lacks its id or its secret (X's public apps have no secret)."""
        for name in ("x", "linkedin"):
            if getattr(self, f"{name}_client_secret") and not getattr(self, f"{name}_client_id"):
                yield f"PERENNIAL_{name.upper()}_CLIENT_ID is missing, though its secret is set"
        if self.linkedin_client_id and not self.linkedin_client_secret:
            yield "PERENNIAL_LINKEDIN_CLIENT_SECRET is missing, though its id is set"
