"""The one exception that users see."""


class BadInput(ValueError):
    """What a user gave cannot be used; the message is one sentence that names what and where and what to do."""
