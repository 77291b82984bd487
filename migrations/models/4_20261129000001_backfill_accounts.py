"""The publications of before name their owners' accounts and their posts' queues, in batches."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import backfill

RUN_IN_TRANSACTION = False

# A draft was never sent: it gets its account when it is scheduled. What waits for a later time than it was scheduled
# for, without an attempt, was retried by a person then.
UPDATE = """
UPDATE "publications" SET
    "retried_time" = CASE WHEN "publications"."status" = 'scheduled' AND "publications"."attempts" = 0
        AND "publications"."next_attempt_time" > "publications"."scheduled_time"
        THEN "publications"."next_attempt_time" END,
    "created_by_queue_id" = "posts"."created_by_queue_id",
    "connected_account_id" = CASE WHEN "publications"."status" <> 'draft' THEN (
        SELECT "account"."id" FROM "connected_accounts" AS "account"
        WHERE "account"."clerk_user_id" = "posts"."clerk_user_id" AND "account"."platform" = "publications"."platform"
            AND "account"."status" <> 'disconnected'
    ) END
FROM "posts" WHERE {batch} AND "posts"."id" = "publications"."post_id" AND (
    ("publications"."connected_account_id" IS NULL AND "publications"."status" <> 'draft' AND EXISTS (
        SELECT 1 FROM "connected_accounts" AS "account"
        WHERE "account"."clerk_user_id" = "posts"."clerk_user_id" AND "account"."platform" = "publications"."platform"
    ))
    OR ("publications"."retried_time" IS NULL AND "publications"."status" = 'scheduled'
        AND "publications"."attempts" = 0
        AND "publications"."next_attempt_time" > "publications"."scheduled_time")
    OR ("publications"."created_by_queue_id" IS NULL AND "posts"."created_by_queue_id" IS NOT NULL)
)
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    await backfill(db, "publications", UPDATE)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return "SELECT 1"


MODELS_STATE = (
    "eJztXW1z4rYW/isavux2hqZput12cns7wxLSpZslKSHttk3HVWwBGozEynYSZu/+9yvJNn"
        "6RDDYQVhB/AmQd6fg5ejlvEp8aU+og1ztqU0KQ7SOnZds0IH7jFHxqEDhF/EthnSZowNks"
        "qSEKfHjnSiI7rm3BsLp8DO88n0FbtD+Erod4kYM8m+GZjykRdC0QeIi98EBEBigBEMxc6A"
        "8pmzbBA/bHAPseQMRm8xnvAPh0goj3H+AhBGaIIUIwdI/ibo9Evw61eceYjJ6mi1tyS1rA"
        "wd7irRdtTxCaebI1Rh/CtmngRw02wR2yIecGzII7F9tQoOABATwnkZwHBH8MkOXTEfLHiH"
        "H+//67YbuITSzxFhZ2RK2YeYlx2LN48s8//DcmDnpEnqD81Bhi5Dry+5JGBBV6nDHkeYIf"
        "UVsUxeNBFa1FCZLSn89kjYZsgEta/AB/vO30O8DzoR944KefwYs0UC8an5sgw1f6XQhvxX"
        "ICtAZLd3NrjKBTyJbS7wZ9pV+oJA7/VWAQfcwmluQoM/9C6chyK2755qZ7di5ritF9Z9nU"
        "DaYkqT2b83FGFtWDADtHgkY8GyGCGBSsJrOQBK4bTd24KBx5vMBnAVqMIycpcNAQBq6Yy4"
        "2fhgGxxeBNzQ6bMnSEHe+IoAc+wn6OOE1RWVbvcmBddwaW1VBWAsFRbuZGRRw0sYpgsaZw"
        "nD6H7Sb4yNKG6KD9ttV/+d3rryQi1PNHTD6U6DU+S0LoQysZBAnoyuzI4t8eQ6bHX51WWV"
        "Fw1tcRQlyQSCFZQGNAY8ieAOTGFD5aLiIjf8x/nnz//RLUf2/1JfC8lkSe8hU/3BR60aOT"
        "8NlnOQVjxNPzXgW7Q4KpBLzL+YLERgrwaXqTMW98OAWPt+Si23vXOev2ToGLyQQ5mOQ3ql"
        "KSOC4jiONiORznxZDaPiqM+iyVyfCbNOTHkDguqoJzQrEWxtHK/YwgXuhwYrfmO7olNS8V"
        "8gHfp/WQF7dwEMN8CeSDzoeBaHnqeR/dNNIv37c+SCFM59GTi8veL3H1lGTaF5dvCgXC0J"
        "Dvx+NNJKI0cQizYtcSCW0R6x4xoe+qguiSAjmohDn4cWglPsWMOM6Df7zBMjQSvX598u2r"
        "H179+N3rVz/yKpKzRckPS2TS7Q10gFrchMB8cFrQVyE942j4eIqW4JqjzyHrRA0cxV8Oa5"
        "h333euB633V5mxftYadMSTk8w4j0tfvs5tC4tGwB/dwVsgfoK/LnudvDGwqDf4S9iEDRj4"
        "1CL0wYJOGpO4OC7KSDw06tbVXBPq3e0oXGPz8X3MS2ndtdUedH/vnIKQ+pb0O+3LXq/THl"
        "j9zm833X7n7BQwFJm1fHn+GPAx7NySs+51VFHUyNvLX17rvXOpzZVwi+uw2K06XxXierKa"
        "PFljcdnUqaR75+kOQdfIzqvXr0rMq9evCueVeKSfV1OuOMORBu5iLU9DegiI71q7W7g1Ky"
        "5qabp6PTN5PUsc0rEsqshZpd6CtPfJyN03ccc2r+1CPNW66YqDAzraDUIF+zOpV0YCVHxd"
        "BD20gRW3rJ16Qd2HGQZ9H01nvsauK3SJ6Eifr1NEhDSHk1R8TRTcQXvyAJljKU/oCS2qqz"
        "6ankzzJZBwPdGJ3kgwF2UudB0uC+ojYs/foXlDk9uQq9FcltmAk7rWBM1L5zXwusAfQx9A"
        "YEPXRQyM4D3iv6aBLwP/TQCJw6sggB1Ah+BBVMY+sBkS4ySffZDiQ5fj8NTdlUtM4FysyE"
        "IIexPr4oq4ex53EeGP18qCCH8dUq9D6sbqpDsIfk3CtawszlH1Gt1y6A55/4jNWLShl0U5"
        "R3aAaG/fjcQXGc5vZWMnRbTN1dtcVbuCmZPaeCsaNlnK2ltgnC1jiNp9FSVkveHjZSI1RE"
        "XvzldZqnjHCV7WXVi7tObNpT2bIQfYmNkB13Aj+lOZlhu3Crge6wFK3DmYMXqHPK4QYxdJ"
        "BZnRB4AesefHKcAiW9cb8zH0TczL0Uyrhe+ya41GntO8C/Vh83LvVmvIB5J5V6wvI8Yoqx"
        "ylylLV2kUJ7SKEbI0QlUJ4EHDvPP8oXCPXil7kaWttxDhtJJPjLba3tQSdpazFbJyYTVE6"
        "+atoNU1Rvly95DXKq5R8TwBc4wEI2uOFIncEulyRi074DKnr0ofw7Ff6eNeL0PGKPZkoNZ"
        "0F4rhYwAcdAxCInAdxHs0fY3liTKtT7rLv1Url8kNl4hRac6lfV+IunLmCaokzN3dcK7ZC"
        "OSFnkLNYoSdJUPuNjfJM1H5jczybe5jO6jA49CuO68ZZv3U+OAWS9pZct992zm4uRIKqZ4"
        "+RE7gic/Xq5s1F9/ptt/fLacr4XpSL2lGxrN3qD7qti4s/rfRzyHw+Dd25lap53urKroaQ"
        "m/qGZMHaLiV8SR0yWjWxRKWs00r0/tb0flUFYD15jXLt1X4mBkZazMHMWVPMWcpazMaJuY"
        "IdmfIrpGwcdUS8iajP3/WRKytpZB/biUlL+yv8pDRa5zOTR+4fG8LUR3bABCu/xabUXu42"
        "KlBP6ptIjS2diyI79JZ4KnKjfbXD4pIgICanMO+p+B45DU6lM6EJxFrXlM4D/hHGzVXPw7"
        "qNaDPFREPKvTPLPAvyPEKUVhn6AVdZ+ymUrIVCX2j1K9ezLEjUK2qUK2CiN1F5bJbygKQ5"
        "pcO40e2wWqA3pgJ2C+oNWF7uUanC8GZyDgiXzRCzaRVJp4hUfpT07SrsJAZjeW4SGpUZhq"
        "bUL+XqSnPBZZ8QFvFRe73M8nqZF5J/mi3byKB85nCVj3QJfsVR4RSJycAbGw+uvY/reh+z"
        "PsVbctNrX/bOu/33ojC3NRoxtbRaVGmXWAF97ROrPY+7R5kh3suaWSx52vp4oGleqcz+pN"
        "hLVWStUtfS3gdpVw0+5+kO4e6Kp07E1PpPqkwubQP1/DJ5fq1xyNqQw9XbmlRbvn1unXsh"
        "6vsgihW7Te+BqO9/2LclSVxbhzzf8nzI1r1Wp6iNWvImSz4gvFPILA9HrqVKqQV54lrWJs"
        "vapXRiBbMqikea5Pne6pJdKlNxpbKmUYbo8OyiJ0nJDZjmWtLiGERU/RDA3XX44YsduzQM"
        "9wM/dWkY2rse5Yuo0Xqn8RTqWtcxWddJZVuVdQmkE7Tqu1M0d9ll0VWhPacM4RF5h+ZKwL"
        "og9TRqZj8hVVIpeTGDD4t0ovSA4u/O3xj54Z7aum63zjph/tHuD4zKBNbOI7KDorzMXI3m"
        "stTMMEKK4sqlz5OKaz7oUN744SJnJG4IEd9p4Nt0isQjkXFJbZF1i/goEiUQyN50R0Q3bU"
        "6bspmO/uaiWPnMzTqVzKRUMgMDloYuYgex2Yerz5rSVohrYRst7GhJ15uqq7PlUuQm5yo2"
        "Oh867Rv53zHxAL0l1++6V1cyX24iL4Ex80wtQ9DT/avWMvdYTHEIhu0OfGNT7Hnyf1kCXa"
        "JuoTc3T1aHkvPe3S9mNho2hrcTSF4n+XJLGZd7tAOvb4YvziBtaIdXPttoKLorLfL04DLJ"
        "JM8JQGOSqyIqNslZXNdKDr6WMcnlUUd5gz72kiR7AEccUYDuEZuDfzm2iN1D91/gwLkHXg"
        "rZfOP5lM2Pps5XOst8S61uei1TckpCpsytcwQwurHJSpoqeXFTnpdNOSjf9SY9ZWkL+1SO"
        "84X/lKge5aMMjzCBrhXvmKtZyJAseeva+2KS96W+vqq+vmoV3lv6N9ar1s11eOEUHzXcHm"
        "5fvr+66EizWdz2J7Z3Q6ziEGSrunGsEB6ejbz9UHusUFQwjtMkuzOMnxLjbadZQwdpkwTL"
        "rTIp8h0uM0P8iJyqq8x594N0qgnaW9I6H3T6VuiP6172+OIz5CMlCXmZsb4UaHqVz5LUwY"
        "8984e7kGvTG0VA9C3U+S0mS32x+lR2Amsoaz9wfq8Ti3U2p6Gsi10hXAtcw2bO1lWJ+tLK"
        "57BI1ZdWPgsxK449RdjFLjcdbR1GWxr1UZyiu8nCNBPalSEf3QDLhH44I6B3c3GxLPaj0b"
        "s2vE5UTbHczwVst/eJthDD9rihiY9FT5rL4mIwqbMqGlYMwwb/OadbGYvdUbqlUKM8RmN+"
        "syCE8apjcbDhHjEPV/OopkjqAEO5AIOYVBUQjqofILrfHpfx3PFahejKZyWvXPz1+rJXYA"
        "cVXrnoYNsH/wMu3uezFTpwBRgZlVg5FZY/AJZTrUQDb3S61S6TPj7/H2Kac24="
)
