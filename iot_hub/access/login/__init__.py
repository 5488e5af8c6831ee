"""The owner's login: password, OpenID, sessions."""
