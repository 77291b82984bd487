"""The first schema: posts, publications, recurring queues, their ledger, connected accounts.

Both dialects have the same statements; only the types differ.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TYPES = {
    "sqlite": {"uuid": "CHAR(36)", "time": "TIMESTAMP", "json": "JSON", "serial": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"},
    "postgres": {"uuid": "UUID", "time": "TIMESTAMPTZ", "json": "JSONB", "serial": "SERIAL NOT NULL PRIMARY KEY"},
}

UP = """
CREATE TABLE IF NOT EXISTS "connected_accounts" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "clerk_user_id" VARCHAR(255) NOT NULL,
    "platform" VARCHAR(20) NOT NULL,
    "account_id" VARCHAR(255) NOT NULL,
    "handle" VARCHAR(255),
    "encrypted_access_token" TEXT NOT NULL,
    "encrypted_refresh_token" TEXT,
    "token_expires_at" {time},
    "status" VARCHAR(20) NOT NULL,
    "blocked_until" {time},
    "connected_time" {time} NOT NULL,
    "refresh_claim_id" {uuid},
    "refresh_lease_expires_at" {time},
    CONSTRAINT "uid_connected_a_clerk_u_ff55c3" UNIQUE ("clerk_user_id", "platform")
);
CREATE TABLE IF NOT EXISTS "posts" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "clerk_user_id" VARCHAR(255) NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "cloned_from_id" {uuid},
    "created_by_queue_id" {uuid},
    "created_at" {time} NOT NULL,
    "updated_at" {time} NOT NULL
);
CREATE INDEX IF NOT EXISTS "posts_by_user" ON "posts" ("clerk_user_id", "id");
CREATE INDEX IF NOT EXISTS "posts_by_queue" ON "posts" ("created_by_queue_id");
CREATE TABLE IF NOT EXISTS "publications" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "platform" VARCHAR(20) NOT NULL,
    "content" TEXT NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "scheduled_time" {time},
    "scheduler_id" VARCHAR(64),
    "next_attempt_time" {time},
    "attempts" INT NOT NULL,
    "claim_id" {uuid},
    "lease_expires_at" {time},
    "request_started_time" {time},
    "remote_id" VARCHAR(255),
    "url" TEXT,
    "error_code" VARCHAR(64),
    "error_message" TEXT,
    "published_time" {time},
    "post_id" {uuid} NOT NULL REFERENCES "posts" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_publication_post_id_990d4a" UNIQUE ("post_id", "platform")
);
CREATE INDEX IF NOT EXISTS "publications_scheduled" ON "publications" ("next_attempt_time") WHERE status = 'scheduled';
CREATE INDEX IF NOT EXISTS "publications_unconfirmed" ON "publications" ("next_attempt_time") WHERE status = 'unconfirmed';
CREATE INDEX IF NOT EXISTS "publications_publishing" ON "publications" ("lease_expires_at") WHERE status = 'publishing';
CREATE TABLE IF NOT EXISTS "recurring_queues" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "clerk_user_id" VARCHAR(255) NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "status_reason" VARCHAR(64),
    "interval" INT NOT NULL,
    "cadence" VARCHAR(20) NOT NULL,
    "next_scheduled_time" {time} NOT NULL,
    "last_executed_time" {time},
    "execution_count" INT NOT NULL,
    "max_executions" INT,
    "created_at" {time} NOT NULL,
    "updated_at" {time} NOT NULL,
    "original_post_id" {uuid} REFERENCES "posts" ("id") ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS "by_user_status" ON "recurring_queues" ("clerk_user_id", "status", "next_scheduled_time", "id");
CREATE INDEX IF NOT EXISTS "by_user" ON "recurring_queues" ("clerk_user_id", "next_scheduled_time", "id");
CREATE INDEX IF NOT EXISTS "by_next_scheduled" ON "recurring_queues" ("next_scheduled_time", "id") WHERE status = 'active';
CREATE INDEX IF NOT EXISTS "by_original_post" ON "recurring_queues" ("original_post_id");
CREATE TABLE IF NOT EXISTS "queue_executions" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "scheduled_time" {time} NOT NULL,
    "executed_time" {time} NOT NULL,
    "outcome" VARCHAR(20) NOT NULL,
    "reason" VARCHAR(255),
    "missed_count" INT NOT NULL,
    "post_id" {uuid},
    "queue_id" {uuid} NOT NULL REFERENCES "recurring_queues" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_queue_execu_queue_i_5cb488" UNIQUE ("queue_id", "scheduled_time")
);
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" {serial},
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" {json} NOT NULL
);
"""

DOWN = """
DROP TABLE IF EXISTS "queue_executions";
DROP TABLE IF EXISTS "recurring_queues";
DROP TABLE IF EXISTS "publications";
DROP TABLE IF EXISTS "posts";
DROP TABLE IF EXISTS "connected_accounts";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP.format(**TYPES[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXFtv4zYW/iuEXzILZIM0TdPCewE8jtJox7FTx26zbQqVkWhbiER5KGoSY3b++5KUZF1I2ZZvI3v0EsQkD0l9hzw8N/Jzw/Us5PhnbQ9jZF"
    "JktUzTCzBtNMHnBoYuYv8UtjkFDTidJi14AYXPjiAy49YGDJuLavjsUwJN3v8IOj5iRRbyTWJPqe1hTtcCgY/IiQ+iDlgxoB6AYOpAOvKIewYG"
    "E8SKXhD2ASQIIGyS2ZSN9A/gIwTi4c6mszM+pOWZbEwbj3fSe4DtjwEyqDdGdIIIG+OPPxqmg8iLwUcybIu3intv/Pkn+2VjC70hn7flP6cvxs"
    "hGjpXBPKQT5QadTUXZcKhf34iW/LOeDdNzAhcnraczOvHwvHkQ2NYZp+F1Y4QRgewzUsjjwHEidsVF4eewAkoCNJ+qlRRYaAQDh/Ov8c9RgEME"
    "p4ggjG3onEVLBaNX9uX/juaZojGMbm9gPGgDw2hIvOfzyTEsKmLc4uvG5quIofQl7DdBR5Q2+ADt21b/3fdXfxN4eD4dE1EpsGt8EYSQwpBUcC"
    "CBXOJaFv32BBI1+jK7s4xgU1+HBXFBwoNky8SAxpDtAOSGC98MB+ExnbCfFz/8sAD1X1t9ATxrJZD32B4PxUA3qroI6zgHEsTn20IJtoYDVwCu"
    "s3lBbCIJ+DR9lTFvPDbB2xPu6N0P2rXebQLHxi/IsnFePq3EifNVGHFezIfzPBsimVZy1Wepqgx/lZb8BGLLQWVwTijWwjiS298QxPMTm2seyP"
    "cNcZrLkA/QG1VDXtzDUSzzBZAPtMcB79n1/Y9OGul3d61HwQR3FtV0et2f4+YpzrQ7vfeFDCFoxM7jySYckbo4hl2xb44I8Az0NrUZlgakMiuu"
    "GXbUdpGaHSr6HB+sqIOz+J/j4op+pz0MWnf3GdZctwYar7nIsCUufXeVk2LzTsBv+uAW8J/g915Xy+uu83aD3xt8TjCgnoG9VwNaaUzi4rgow3"
    "GmQdHAX1fRSqj3JwCZgkHtT/FcVla1Wu2B/qvWBCH1E+5r7V63q7UHRl/7Zaj3tesmICgy/5g0+RiwNWxVQxF7djyT6YUGU6tsp+yelIjrDVnl"
    "DZn4R2JelGG2TL0Fbh+SnnJo7I7VFtOBtqu0tIq9OyraDXw9h7OplzpzZHwdBH20gWazqJ9aoFZth3H36egl5c3jBc/QfHmFxDKkGu/CK2orV7"
    "kXbr4EYjgWTOJo8nlG7s579ikNhcdclJ8u8pJzEFZ2jFNmHoGRRwCC5iTlsdapD0INjdU6jvfqA5sVTYNnxzYhp/dPhc7jTgO2MsGrTSeATmwf"
    "EO8VhGqDylW+8/EUzvOcf/xzI2GB7Gdlf3l7tkvZOvL5uHEXcw8jx9d4ngkqgXy0eRuCjkEufghRkh6JIL6HOSGbIJtiiZEEwYKhapd/7fKvqM"
    "K1B+fcAdqhFoEjWtYMve63bgZNIGif8EP7Vrsedrjt6ZsTZAUOsp7w/fB9R3+41bs/N0Ph6U8Yd+blvHVULFq3+gO91en810jXQ0LZJnRmRqrl"
    "TUsXQ42g7VTFtDUdDzOBOiJeWe1Xpqx13xy2itOqDMBq8hplNcrlbYosZW2oV86MSLM5mFprsjlLWbO5cmwuYS2mchRSVo28It5H1Dcf+sgRjR"
    "S8j63BpKfDZX5SGsn5zOYR58eGMPWRGRA+lV9iQ+ogTxsZqJ16IFJrS+WIyC69Bf6I3Gpf7pboYQT45gTMKPT4/5GboCncB6eAy7pT4S5A3Cng"
    "M6xlX8O6nSiz73hHy/LuMtY+ZmMwqU2RO6WhP32ZrZ9CyZgr9IU2P/jtVutrscvkX+BkTnIieR42mwuzzj08solbZjYpInk+kh+0zHQSo2b12S"
    "Q0J7WvpEq+kjpZbyXwd25Ie5girFBOi5NnUiRVBr6y2TK1z2pdn1XWE/WEh912r3uj9+94Ye6w+vpba/6Za4XkZeo6Xlg1C1DF7bKu/zzdMeQf"
    "ZnfW1eUKO+vqsnBn8arszpK12pKbS9lBvb+qvL8ibinOTR0XKCppkhxz7VB/2cVheb6rTTXmM/j7xXeXP17+9P3V5U+siZjlvOTHBfzWuwMphF"
    "I+dahOGSp26G+aKlSnCB2aSOLZvsinBlPJybqZl0V91JyvNuddj6oDo8WaXobo+NS8neR3BESRuF7smoiaHwO4e79VRYhHGJRWqduEWapjwH3X"
    "tkuImIt8H44VUC+4s5YnPAa0973K586ktQ5rmbo+pqt8TKdCd6taOOlo3xYDPNVl6hILR0pyyKIrQ3vjEWSP8Qc0k/zYBXkMUTeHCakUl2fFBL"
    "7OY4zpBcW+nX0xouGZ2npot661MCi5/zsGIhtCe0NmUBTkz7U4XRTnDxP9UNx4xVg/fxrHQdYYkSZ4nUAKnpHJ5gC8kYjaeybP3EBs8fASCMQg"
    "crB/7V6U0f50ymLOBV8/tvO1nS3F0eQKxloqKrCO4mAPJc2a3JaIa2ZXmtleQE1PxebVAuYp8iqnKzS0R609HPBIdrxAn/DDB/3+XoTMX+zptK"
    "qXMQiCvqd4f2WRKyymOAYjdg9+MNf2fSax5g8lrhgBy5PVUbB8FOyrmYgVW8PbiYGtc19oS5eEDugEXt/knl8G3tDmLp0UX1F0l1rf6cVVJfM7"
    "xwCF+S2zqNj8JnFbI7kxscoLACJHnnKbmWtIPuDfBtAnRGbgL4YpIp+g8xew4Mw/Zc0QGLFzxGLDAJ96ZHbiAzED1V3/Lfa86a3+JGFSZP3Itt"
    "7yy/jRhX8j6WrFe//5uWw6g9WH3mSkLG3hmFKuffhGlpz07xF7bGPoGPHJuXwKGZIFX137YKrjg6lfP6hfP1iaSb6dV/juW8OH8L0CtmqYVdzu"
    "3d13NGE882di+CFfEds4BNkobyJLhMdnKW8/uB6rFiVM5DTJ/szjXWK87TxRaKFIfKwjZVLkexQzI/sNWWWlzI3+KFxrnPYJt24GWt8IvXJ6r8"
    "uEz4itlCTIVQ35UqDnlU6Gr0MgB+YVdyDTpTeKg6h7qDNaqsz1ufQp7QpWUNbe4PxZx4V1NothVUe7RLgWuBXbOVtXJeo3j74FIVW/efRNsFly"
    "60nMLna4qWjrYNrC2I/kEt1P3mU1oV0a+FEtsEwAiE0EdIedzqIIkELv2vA1Kjmp8jAF2H6fo2ohYpuThiJKFtWcLoqOwaTNsphYMQzLo1ClQh"
    "HF7iiVKFQoj9Ga3ywEUXnVsTjY8AkR3y7nUU2R1AGG1QIMfFOVQDhqfoTofne+iueOtSpEV9St+PbSfx563QI7qPDtJcs2KfgfcOxDvk2hApeD"
    "kVGJpXtg+StfOdWKd/BepVvtM/Xjy/8BjiMS3g=="
)
