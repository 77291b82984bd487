"""Pure: reads REDIS_URL, whole. Every connection to Redis is made of what it returns, so one URL has one meaning.

What it does not know, and what is said twice, it refuses by name. No message shows a value: one may hold a password.
Others use the names below.
"""

from perennial.settings.redis_url._options import RedisUrlError
from perennial.settings.redis_url._reading import Node, RedisUrl, read_redis_url

__all__ = ["Node", "RedisUrl", "RedisUrlError", "read_redis_url"]
