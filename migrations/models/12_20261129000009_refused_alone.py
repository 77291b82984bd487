"""Columns that tell an account that is refused alone from an app that is refused for all."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TYPES = {"sqlite": {"uuid": "CHAR(36)", "time": "TIMESTAMP"}, "postgres": {"uuid": "UUID", "time": "TIMESTAMPTZ"}}

UP = """
ALTER TABLE "connected_accounts" ADD "refused_time" {time};
ALTER TABLE "platform_breakers" ADD "sole_account_id" {uuid};
ALTER TABLE "refresh_breakers" ADD "sole_account_id" {uuid};
"""

DOWN = """
ALTER TABLE "refresh_breakers" DROP COLUMN "sole_account_id";
ALTER TABLE "platform_breakers" DROP COLUMN "sole_account_id";
ALTER TABLE "connected_accounts" DROP COLUMN "refused_time";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP.format(**TYPES[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXW1z2zYS/isYfXE6o3NcN007vl5nFFtu1DiSK8ttrnWHhUnI4ogCFJC0rcn5vx8Aku"
    "ILSIqkZAWS8ckWiAWWz+Jld7ELfmnNiIUc9/CUYIxMD1kd0yQ+9lon4EsLwxli/xTWaYMW"
    "nM/jGrzAg7eOIDKj2gYMqovH8Nb1KDR5+2PouIgVWcg1qT33bII5XQf4LqIHLgjJAMEAgr"
    "kDvTGhszZ4sL0JsD0XIGzSxZx1ADwyRdj9N3ARAnNEEcY2dA6jbg95vxYxWcc2vnueLm7w"
    "De4Ay3aXb71se4rQ3BWtUfIQtE18L2ywDW6RCRk3YO7fOrYJOQou4MAzEsG5j+3PPjI8co"
    "e8CaKM/7/+apkOolODv4VhW7xWxLzAOOiZP/n7b/bbxhZ6RC6n/NIa28ixxP8ljXAq9Din"
    "yHU5P7w2L4rGgyxag2AkpL+Yixot0QCTNP8B/njfHXaB60HPd8FPP4ODJFAHrac2SPGVfB"
    "fMWjEsHzVg6XZhTBC0CtmS+l2jr+QLVcThP3VgCGhEy3zcGIw7m7FnQK8Bsx4xKArLqzO7"
    "JGHEn33Wu3UABkPwKq7BprV9jw5Ap38WzxxWe8x4mxiCcdC7Av3ri4tvWk+cyfnUEC+cWm"
    "2CsSjKjYi16+ve2bmoyefyrWESx5/huPZ8wWYVXlb3fds65DT82R3CiEIumHjNwb7jhAtV"
    "VBTMM1bgUR8tZ40VF1hoDH2Hr1ytn8Y+NvlUTawFJqHo0LbcQ4we2Hz6OeQ0QWUY/cHIuO"
    "qODKMlrXuco8w6FRYx2PmaafMVlOH0FLQb4yNKW7yD0/ed4avv3n4jECGud0fFQ4Fe60kQ"
    "Qg8a8RiLQZfWgjT+pxNI8/GXF5G0KBjrTYQQFcRSiLeLCNAIsmcAuTWDj4aD8J03YT+Pv/"
    "++BPXfO0MBPKslkCdsfwu2wH746Dh49iRmeIR4cnrLYHexPxOA9xhfEJtIAj5JrzLmrU8n"
    "4PEGX/T6H7pnvf4JcGw8RZaNs9tyJUkcVRHEUbEcjrJiSGyWNUZ9mkpl+FUa8hOILQfVwT"
    "mmaIRxuHK/IIjjfZcNUaYSBNuuDPmIbfT5kBe3sBfDvATyUffTiLc8c93PThLpVx87n4QQ"
    "ZovwycWg/0tUPSGZ04vBu0KBpBShZhKRmtiHWbFtiQSWl3GPKFeYZUH0cIEcZMIM/HZgEz"
    "/HjDjKgn+0xjJ0x3v91/G3b3548+N3b9/8yKoIzpYlP5TIpNcf5QGaNEkkSM8YGp49QyW4"
    "ZugzyFphA4fRP/s1zHsfu1ejzsfL1Fg/64y6/MlxapxHpa/eZraFZSPgj97oPeA/wZ+Dfj"
    "drDCzrjf7kJmcL+swexOTBgFYSk6g4KkpJPDZHm2iuMfX2dpRWYJzWNMpandNR7/fuCQio"
    "b/Cwezro97unI2PY/e26N+yenQDZML7BZ72rsCKvkfUOfH2t99YhJlPCDabD2k7d+SoR68"
    "mq8mSNxGUSq5bunaXbB10jPa/evqkwr96+KZxX/FH+vJoxxRne5cBdrOXlkO4D4tvW7piK"
    "7LsMxmjdqbOwZWn1uqbyurZ019eUcpJOS1hlCcdnF01ms0y9AWnvkjtj18Qd2tdNZJ0h1d"
    "NaZTlHXizTgfYs1/FefNyXR7vG4d/uSHnl2Z6Mr4Ogi9bwy5S1o2fYLsww6HloNvdyPDWF"
    "Ts480pfr5uRBCuNp4sScF9xCc/oAqWVIT8gxKaorP5odz7IlEDPLzwrfiDMXRl71LCYL4i"
    "FsLj6gRSsnNitTo10WmWXHdY0pWlSOy2J1gTeBHoDAhI6DKLiD94j9mvmeCFxqA4gtVgUB"
    "2wJkDB54ZdsDJkV8nGSjpxJ85MVoPXd31QKrGBcroqiC3iqE4mRx5xFK0VpZEKGkg2R0kI"
    "yytscWjrOnwVpWFeewuka3Grpj1j+icxpu6FVRzpDtIdqbdwyzRYbxW9vYSRBtcvVWV9Wu"
    "YeYkNt6ahk2aUnuFlLNlFFG7L8MQy3dsvEyFhijp3dkqpYp3FLJp3Aa1K2refeJNmLSB7Q"
    "ZZAu4EWTxlgWu+UZOhshs8ZpVfR10cznOU6420mKM/Z/TkQu1VvdjX1frsnkS+Fmu3iFJC"
    "a58Sp6m0LlBBFwgga3BELBHuBdxbj/9jPM4bnillabXuoJzukMqxoOQWNRJ0mlKLWWkxu8"
    "RBRlkiR7GJlUOqj5OU8XtfMs5ytW5eXq5qsxqVHdse23EB0ycBguZkqQAfgp7nRgmQY+I4"
    "5CHI402m6h4ETmimSPMw0Nnc56m/PhM3BRDwiK5ArbZF9m+el3urfa9W2csThHlGcbvUxy"
    "1w545tTlXi2M7kukYWOSNkDDIWa/QkCGp0lXqpSp2QsUEecMn7hMmyOW8RJbxqV7525Sus"
    "DWzB2byDOQMWhWOv5rhunQ0756MTIGhv8NXp++7Z9QXPAnDNCbJ8h6cHXF6/u+hdve/1fz"
    "lJeFiW5bz20i/DSjvDUa9zcfFfI/kcUo9NQ2dhJGqed3qiqzG0HVVSDUyHYLYmjimpG+sj"
    "U2rVLN8Fntw26wCcT65R1gcNL9CK9OdWQzGnKbWYlRNzDXM24TxKmFryiHgXUp9/GCJHVM"
    "qRfWSuxi3trvDj0nCdT00esX+sCdMQmT7lrPwWWXQ7udvIQD2riyQxtvI8JemhV+IwyYz2"
    "1X6TAUaAT07uZSA4Pjg8ET6NNuBrXVv4MNifIJRBdoA0bSQ3eI83JF1lVubgEKlAYaRr4O"
    "xd5Q9IoGQsFfpVfoH4iqwliXzdl3RRV/gmMo/tSo6YJKdkHDW6GVYL9MbkhWUR9Roslzt2"
    "6jC8npx9zGQztumsjqQTRDI/UkR9HXZig7E6NzFNxYFXhyEbGxbxb1eOLQYJe3FquDaz8I"
    "VjbDASzjFxY1wlQVI0I14l72CSQTZOY8IiJrWHTi0PnXoxIs+jXigZJZLKwfRQXnxocZhC"
    "gkRl4JUNUNCe0qae0rT/8wZf908H/fPe8CMvzGzjSkytXI2vsvuugF7777SXdPsoU8R6aX"
    "zxRppWZ5eq5kFL7U+SbVdH1jK1lvYuSLvuQXmWbh8uM3ruyOBcX0+dyZXbgJ5fKs+vBjn6"
    "iuTmb2pSbfg60ibXiujrRIoVu3WvEdHXh+zaksTvMUWuZ7gepE1v3ypqQ0teZcmnXPR1RS"
    "4Ra1mrLGuHkKnhz+soHkmSl3spUHqpTJwrVTWNUkT7Zxc9S/iwT3PuqS4+gwir7wO42z5+"
    "+Gp5wIrhvudpwIqhve1Rvjw1apYeKlFrXUdlXScRGVbVJZAMJtNX7+SkhKbRlaE9JxTZd/"
    "gDWkgH1gVhsmEzuwmpFPbJiil8WIYTJQcUe3f2xsgL9tTO1WnnrBvEH20/x1YE23YfkekX"
    "xZBmarTLwkiDE1IUVa6cgkvJA7/CkV9A4yDrDtET8T/xPZPMEH/Eo0OJySOEEQ8fYyUQiN"
    "7ysmrXbS43vDR5+ps5xcpGmepQMpVCyRQ8sFR0EduLzT5YfRpKWyLWwlZa2OGSnm+qro6W"
    "S5CrHKvY6n7qnl6Lj4lFA/QGX33oXV6KeLmpuJVIzfxfiqCb95nFMvdYRLEPhu0WfGMz23"
    "XFh7r8vEDdQm9ulkwfJWe9u1/NbFRsDG/mILlJ8OWGIi53aAduboYv86XWtMNr52Eqiu5K"
    "izw5uFQyyTMCyDHJZREVm+Q0qmvESbpVTHKRlik+wJC6JhbeMUQBukd0Af5h2CJ6D51/gA"
    "UXLnjFZfPa9QhdHM6sb/Is8w21uu5NVnGWhAiZa5KuGF5yZcRNNbmAagMcVO96nZ7StIV9"
    "SqmHwadz5VQ+Qu07G0PHiHbM1SykSEreWntfVPK+6Ku29FVbq/De0Oe5LzvXV8HlWPw7rj"
    "f4dPDx8qIrzGZ+QSLf3hWxigOQjfrGsUS4fzby5o/aI4WihnGcJNmeYfycGG86zBpaKDdI"
    "sNoqkyDf4jIzth+RVXeVOe99Ek41TnuDO+ej7tAI/HG9QZ8tPmM2UuIjLzXWlwJNr3YuiT"
    "782DF/uAOZNr3WCUh+Czq+RWWpL1ef2k7gHErtB87udXyxTsc0VHWxS4SNwFVs5mxcldAX"
    "bL6ERUpfsPkixCw59iRhF7vc8mj1MVrpqY/kFN1OFKaa0K488skbYKmjH8ZI4oMNq+6ILV"
    "MK6lx9KodY7uYCtt27T4fBt+pLPs+YqdEuPycTdWt/nBF4ZIpwFG4aXTt34AYfZhFtRh8j"
    "D+9pcl9n+yr4SuMmm9afa9zFi/j05xq/uvNYf65Rf65xN8Wxa5aD/lzjixCz/lzjs5uHXy"
    "durYOobU7y9PDwSan+DeM6q7TuYkjX0HLzRmLx8XDe2Mtx5oZDbNu67JZducVa6j2zQOx6"
    "EQ4Jkr1QmLYQ8MMnVQ2Ew+p7iO63R1XsLlarEF3xrOIV6L9eDfoF5xKFV6BbtumB/zHbcp"
    "dznfPA5WCUK/9ZPT+zl/EG3n3tzezp/0ThcGY="
)
