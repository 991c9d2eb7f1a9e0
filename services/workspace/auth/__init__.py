"""Who a bearer token is."""

from services.workspace.auth.authenticator import TokenAuthenticator
from services.workspace.auth.jwt_verifier import JwtSettings, JwtVerifier

__all__ = ["JwtSettings", "JwtVerifier", "TokenAuthenticator"]
