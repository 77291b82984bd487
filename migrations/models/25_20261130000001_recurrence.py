"""Local times and rules, rotations, steering by name, and a ledger that accounts for every occurrence.

A queue whose occurrences follow a rule has no interval, so the column may be null now. SQLite cannot change that of a
column; there a new one takes its place.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

UUIDS = {"sqlite": "CHAR(36)", "postgres": "UUID"}
TIMES = {"sqlite": "TIMESTAMP", "postgres": "TIMESTAMPTZ"}
FALSES = {"sqlite": "INT NOT NULL DEFAULT 0", "postgres": "BOOL NOT NULL DEFAULT FALSE"}

NO_INTERVAL = {
    "postgres": 'ALTER TABLE "recurring_queues" ALTER COLUMN "interval" DROP NOT NULL;',
    "sqlite": """
ALTER TABLE "recurring_queues" ADD "days" INT;
UPDATE "recurring_queues" SET "days" = "interval";
ALTER TABLE "recurring_queues" DROP COLUMN "interval";
ALTER TABLE "recurring_queues" RENAME COLUMN "days" TO "interval";
""",
}

UP = """
{no_interval}
ALTER TABLE "recurring_queues" ADD "name" VARCHAR(255);
ALTER TABLE "recurring_queues" ADD "paused_until" {time};
ALTER TABLE "recurring_queues" ADD "pause_reason" VARCHAR(255);
ALTER TABLE "recurring_queues" ADD "rule" VARCHAR(512);
ALTER TABLE "recurring_queues" ADD "timezone" VARCHAR(64);
ALTER TABLE "recurring_queues" ADD "next_local_time" VARCHAR(32);
ALTER TABLE "recurring_queues" ADD "ends_at" {time};
ALTER TABLE "recurring_queues" ADD "excluded_dates" TEXT;
ALTER TABLE "recurring_queues" ADD "changed_occurrences" TEXT;
ALTER TABLE "recurring_queues" ADD "missed_runs" VARCHAR(20) NOT NULL DEFAULT 'run_latest';
ALTER TABLE "recurring_queues" ADD "missed_within_minutes" INT;
ALTER TABLE "recurring_queues" ADD "on_duplicate" VARCHAR(20) NOT NULL DEFAULT 'skip';
ALTER TABLE "queue_executions" ADD "until" {time};
ALTER TABLE "queue_executions" ADD "moved_to" {time};
ALTER TABLE "queue_executions" ADD "extra" {false};
CREATE TABLE "queue_posts" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "last_used_time" {time},
    "queue_id" {uuid} NOT NULL REFERENCES "recurring_queues" ("id") ON DELETE CASCADE,
    "post_id" {uuid} NOT NULL REFERENCES "posts" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_queue_posts_queue_i_4b0d7f" UNIQUE ("queue_id", "post_id")
);
CREATE INDEX "queue_posts_by_post" ON "queue_posts" ("post_id");
"""

# The version before would run a queue that follows a rule every day, so it is paused.
DOWN = """
DROP TABLE "queue_posts";
ALTER TABLE "queue_executions" DROP COLUMN "extra";
ALTER TABLE "queue_executions" DROP COLUMN "moved_to";
ALTER TABLE "queue_executions" DROP COLUMN "until";
UPDATE "recurring_queues" SET "status" = 'paused' WHERE "interval" IS NULL AND "status" = 'active';
UPDATE "recurring_queues" SET "interval" = 1 WHERE "interval" IS NULL;
{interval}
ALTER TABLE "recurring_queues" DROP COLUMN "on_duplicate";
ALTER TABLE "recurring_queues" DROP COLUMN "missed_within_minutes";
ALTER TABLE "recurring_queues" DROP COLUMN "missed_runs";
ALTER TABLE "recurring_queues" DROP COLUMN "changed_occurrences";
ALTER TABLE "recurring_queues" DROP COLUMN "excluded_dates";
ALTER TABLE "recurring_queues" DROP COLUMN "ends_at";
ALTER TABLE "recurring_queues" DROP COLUMN "next_local_time";
ALTER TABLE "recurring_queues" DROP COLUMN "timezone";
ALTER TABLE "recurring_queues" DROP COLUMN "rule";
ALTER TABLE "recurring_queues" DROP COLUMN "pause_reason";
ALTER TABLE "recurring_queues" DROP COLUMN "paused_until";
ALTER TABLE "recurring_queues" DROP COLUMN "name";
"""
INTERVAL = {
    "postgres": 'ALTER TABLE "recurring_queues" ALTER COLUMN "interval" SET NOT NULL;',
    "sqlite": """
ALTER TABLE "recurring_queues" ADD "days" INT NOT NULL DEFAULT 1;
UPDATE "recurring_queues" SET "days" = "interval";
ALTER TABLE "recurring_queues" DROP COLUMN "interval";
ALTER TABLE "recurring_queues" RENAME COLUMN "days" TO "interval";
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    return UP.format(no_interval=NO_INTERVAL[dialect], time=TIMES[dialect], uuid=UUIDS[dialect], false=FALSES[dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN.format(interval=INTERVAL[db.capabilities.dialect])


MODELS_STATE = (
    "eJztHW1z2zbvr/D8Jd2dn6xLu26X7dmdkzirr6mTOc7WZ8tOoyXa1lkmPb00yXb57w9JSR"
    "YlSrIkv4R2+akNRZAwQIIACID/tubEQo53fE4wRqaPrI5pkgD7rVPwbwvDOaL/KezTBi24"
    "WCQ9WIMPRw4HMuPeBgy7889w5PkuNNn4Y+h4iDZZyDNde+HbBDO4Dgg85B55IAIDBAMIFg"
    "70x8Sdt8GD7U+B7XsAYdN9WtAJgE9mCHs/AA8hsEAuwtiGznE87TGb1yImndjGk+1McY/v"
    "cQdYtrf81cuxZwgtPD6aSx7CsUngRwO2wQiZkGIDFsHIsU3IqOABRngKwjEPsP13gAyfTJ"
    "A/RS7F/48/WqaD3JnBfoVhW6xXjDyncTgz+/Lnn/RvG1voEXkM8t/W2EaOxf9fMgiDQo8L"
    "F3kew4f1Zk3xepBZaxCMOPefFrxHiw9AOc3+AL+97w66wPOhH3jgx5/AkUioo9ZzG6TwEn"
    "8LpqMYVoAaoDR6MqYIWoVoSfOuMZf4gyrS4b91yBDC8JHZujEodjZFz4B+A2R9Yrgoaq+O"
    "7BKEAv8d0NmtI3A9AK+SHnRb25/REej0L5KdQ3uPKW5TgyMOeregf3d19VXrmSG5mBn8B6"
    "ekTbgWebsRo3Z317u45D3ZXh4ZJnGCOU56L57orsLL7kFgW8cMhn2bIIxcyBiTyBwcOE4k"
    "qOKmcJ/RBt8N0HLXWEmDhcYwcJjkav04DrDJtqogC0ziomPb8o4xeqD76acIUwHKMPrXQ+"
    "O2OzSMliT3GEYZORU1UbIzmWkzCUrp9ByOm9CHt7bYBOfvO4NXb959xSlCPH/i8o+ceq1n"
    "Dgh9aCRrLCG6JAvS9D+fQjef/rIQSbOCot6ECXFDwoXkuIgJGpNsC0RuzeGj4SA88af0z5"
    "Nvvy2h+q+dASc87cUpT+j5Fh6B/ejTSfjtme/wmOLi9paJ3cXBnBO8R/GC2EQS4UV4lWne"
    "+nQKHu/xVa//oXvR658Cx8YzZNk4eyxX4sTrKox4XcyH11k2CIdljVWfhlKZ/Cot+SnElo"
    "Pq0DmBaETjSHJ/QSROzl26RKlKEB67MsmH9KDPJ3nxCAexzEtIPux+GrKR5573tyNS+tXH"
    "zifOhPlT9OXquv9z3F3gzPnV9VkhQ1KKUDOOSEMcwq7YNUdCy8v4jFymMMuM6OECPsiAGf"
    "LboU28jR3xOkv812uIoQmb9T8n37z97u33b969/Z524ZgtW74r4UmvP8wjqGiSSCS9oNTw"
    "7TkqoWsGPkNZKxrgOP7PYS3z3sfu7bDz8Sa11i86wy77cpJa53Hrq3eZY2E5CPitN3wP2J"
    "/g9+t+N2sMLPsNf2cmZwsG1B7E5MGAlkiTuDluSnE8MUebaK4J9O5OlFZonNY0ylqd82Hv"
    "1+4pCKHv8aB7ft3vd8+HxqD7y11v0L04BbJhfI8verdRR9Yj6x14ea135BCTKuEG1WFtp+"
    "5+lYD1ZlV5s8bsMolVS/fOwh2CrpHeV+/eVthX794W7iv2KX9fzaniDCc55C7W8nJAD4Hi"
    "u9buqIoceJSMsdypI9iysFquqSzXlu76mlwW4TSHVeZwcnfRZDfL0Bvg9j65M/aN3ZF93Y"
    "TXGVC9rVXmc+zFMh1oz3Md78XXfXmwa1z+7Q+XV97tyfR1EPTQGn6ZsnH0DtuHHQZ9H80X"
    "fo6nptDJmQf65bo5WZDCeCbcmLOGETRnD9C1DOkLOSFFfeVP85N5tgViavlZ0S9iyEWRVz"
    "2L8oL4CJtPH9BTKyc2K9OjXRaZZSd9jRl6qhyXRfsCfwp9AIEJHQe5YAI/I/rXPPB54FIb"
    "QGzRLgjYFiBj8MA62z4wXcTWSTZ6SsAjL0Zr29NVC6yiWKyIogpnqxCKk6U7i1CKZWVBhJ"
    "IOktFBMsraHju4zp6FsqwqnaPumrrVqDum8yN34UYHelUqZ8AOkNqbdwxTIUPxrW3sCECb"
    "lN7qqto1zBzh4K1p2KQhtVdIOVtGEbX7JgqxPKPrZcY1REnvznYpVbzjkE1jFPauqHn3iT"
    "+l3Aa2F2YJeFNksZQFpvnGQ0bKbviZdv46nuJ4kaNcb2TEHP05oycXaq/qxb6u1mcPJPK1"
    "WLtFrkvc2rfEaSitC1TQBUKSNbgilgAPgtw7j/+jOC4a3illYbXuoJzukMqxcMkINWJ0Gl"
    "KzWWk2e8RBRlkiR7GJlQOqr5OU8XvfUMxytW7WXq5q0x6VHds+PXEB1ScBguZ0qQAfg57v"
    "xQmQY+I45CHM4xVTdY9CJzRVpFkY6HwRsNTfgLLbBRCwiK5QrbZ59m+el3unc69W2csThF"
    "lGcbvUx83pzhzbDKrEsZ3JdZVmEmKEI5J4NRFgI5S51htigKDr2Mjzl2dDDZRWOPtXYRQs"
    "LMFtUWNecwrxpM7MkX+EgtLlQhdMPe6TcQhWOGGUW5wzDc8Pvh7yHOEVBKmKCnnAJStxBS"
    "ocDX0Joy9hlNXjdnBNsIfZHpYLx37Ndd26GHQuh6eAw97j2/P33Yu7K5a/4ZlTZAUOS+y4"
    "uTu76t2+7/V/PhV8Y8t21nvpUaOtncGw17m6+p8hfoeuT7eh82QIPS87PT7VGNp8nrv++X"
    "X/sjf4yBrpFiZ4bLtzVdJHTIdgKi3HLqkbvyVDanU7/1ojc/hWJnA+uKZyfvWFArFW4BQQ"
    "gXYozWRBpvaBIenIdTwvErAONVTZ96JvYb8INqdtzzpsTkNqNivH5hq+PuH8FPxQ8oo4i6"
    "AvPwyQwzvl8D725SUj7S/zk9botEkH/xB/E5T6helzsevzEOnEFdY1iTRAZuAyVH6JXVB7"
    "qRvIhNqqn13Yg3nu9vQWLfG6Z6TCauf7NUaACTHmqiY4iT455Y7xNmBnQps7wuk/YTyc7E"
    "VvOkhuBDgbSKqHWeYl5/mkUbpEqLSuck0KVDKWvoVVLsqkzuISRK4ZKVV7jH6JjGO7kj9X"
    "xJSM40E3g2qBoSpWvYyh10C5kie6EsLr8Tnjw6mGjQAk4yOlZdVBJ/FdVccmgam48OogZG"
    "PDIsFo5dqiJKE/3DU8G5tIvC7gZUcrMdJFc+KjugjSdZoAFiGpLwvUuixQL9BwO+qFkqGG"
    "qUR+H+UlGRTHugkgKhNe2Sg3fWnT9NJmz65iCjS+yvcFBfD6wkBfy+yeyi6iszSu3pSG1f"
    "cGqnkaU+eTZNvV4bUMrbm9D9yuG7OThTuEinjbTi/J9fXU2Vy5A+j9pfL+alDoRZECL5va"
    "VBuuad2kNpWuSVWs2K1bi0rXoNo3kcSKYbMwHs+HbtMSjkVjaM6rzPmUi74uyyVgzWuVee"
    "0QMjOCRR3FQwT5civLpUWlcK9U1TRKAR2eXbSVwNTAzXnsoPgOIup+CMTd9fXDixWTUIzu"
    "B15LQjFq73qVL2+NmtUYkKC1rqOyrrO8+Wtajj4DrbmtMreFOMCqDiAxdFBX68upIpGmrk"
    "zaS+Iie4I/oCcpPKEgePywoqFpswsflsFj4oKiv53+YuSHGlTn9rxz0Q2jzXZfloOHVncf"
    "kRkURQxnerTLgobD+3AUd65ctcMlD6zqM6tZ5yBrgtzTsAL0CJkUGfaJxQITk8WDIxYsSF"
    "sg4LO1AXHZn5iutumIBIxZrLcXFpy2bAtg4gM3wHklO3Y3cW6Ashg/kLkHLS9Unc1/D0le"
    "K7o24dLq0go6FlKtWEgFb9wVlcsHob9Iu7tWEm4WWDNbaWaTwDdJHpurhXsK4CoH27a6n7"
    "rnd/xJ1XiB3uPbD72bGx7wOeO1GbMBnNkD/GXCNF0EvbzHpsv8uzHEIXhmduDcnduex58r"
    "DfIizQuvI7JgOhYiez3R6JFg/TjwXhwcc/KZnfKkLntFOM1hlTkc2mMSe88IcRDERepfBJ"
    "Nh7YgCbUsaLltEfuYb/5vg49n19VWKhWe9rMP/7uNZd/DqG8472skOfS+yfHwxT+H+7Jo6"
    "iRYvW99PMZruQG9qks6yoRyWPTIJm7u6lxnoa/q6a1e2UJS6K73e4uJSzu1dVJI6VZxllb"
    "O7VnVqXtnCDh9niSvJCC7lY9AJ/xO2eZQDTlQOYw6fwJS9mYgJRqdsAMzeR7TDUtJ/Edee"
    "2Bg6HJ2/8jzdu5x6pa87PjNLndzLTu1SP7bABpaSF99GaT+2IuK0XeLHpt3t+Fapoo0vgu"
    "zOvt+mWrBhE9+BdNsEXkNvsQytTUKVTUId2rBRi0Ur0FqB3jMFOisNNkBdHYrzEjZJZk3n"
    "GCbyqi+2Tty4r5GUYlxtojDORwEs0EXCi5JwQgna5tEw9Bt/4EaIinnFmPO15xP36XhutQ"
    "H/M8SAfadtX8k2yZbnWveBnKRuDk+iblLALno7x0iGKrBKVj0Xsy4Ga0xd/VfOoVXjYZp1"
    "flIatnBOqeodXfr2ZyRXkUuZsBVMTopCCqT6r15ArluHN2qrZ0l1r/wzQ6gjXkVPHCH9Io"
    "+2hFWyhPVTOLv2lfN/axA67q+vIg71paHweKgpN1qd82Hv1+4pCKHZQ0F3t+HbQEzy3uPz"
    "6483V10e6cRe9mPKpiKBTCGRjfrxTBLg4e2Jzaf3Zc/yWullGVjtk1PaJ8e41WBbZeEOb1"
    "dt5aShUyH3M8zZVIWXCCJIo0sE1ai86SoG1K6qs3Lj/oe3Yr/95qTCiqW9Clcs/5Z5tp6K"
    "6H8IrkViEebwyLz549aEFsqtWVNNARXAd6iBju1HFLO+sgJ62fvEQ+QZ7D3uXA67AyOMru"
    "9d96leOqayLsnJU0P15B4ch5jQKbilLLHDZNDD2w9vqkidN8VC540kcwr8bXW00IIhdD6R"
    "0toowlaTKn0CmLY2lObvo+kEFt2PjB05DpeSujES5CEI0jLebqNwjDmFeEKJmFxR1WJCAb"
    "jmRH1OROlfbpD3Ol81tS8zxA5VPzql4bB9mPNsRuZbWv0b3PWNKyqIboenIOkYJlOGmZT3"
    "mPXpXRpMGLEXZVg3e2w82P5UlWdlIsKHKBlzGwe5wmxV6p8Mr8172bxnUQ/Bgr+H1TzPOD"
    "PGDrcKW9PyJlm2preHuA24az7yzKux7Hm45Vrp/fkjaJVNbZUtMsZrZzjnQOok56x4Y3s2"
    "XYOo6iEiAerTI6eevn4m/ksQUvqZ+C+CzVLsm8Ts4tivPFidA10aAC/FDe4mVFtN0q6M1M"
    "5bYKmQbYqIEM6YH7Odo3et+TC9XBJxPwWY/DJ96hI4yhLdAK0OLKHgebtpAGMqTaZnVFea"
    "8bD1nDSAVI92eRoA72uMws4V0wD6BPhkhnBcGzN+O/nIY2m/0ZjI+gF4CIHosVEWhJ+e63"
    "jxJEf9b3bo1UH+hWHO6r0nvTrwuf5aV/I16eIw6Bd7a0A10XPgjw2oRu5dX1VQbFiBw0Ye"
    "vyysNrCUNrAWLhmhZo9KpCA1m5Vms0cc1PDd9hxQbUXnWNG7TMt9/j8jQBQQ"
)
