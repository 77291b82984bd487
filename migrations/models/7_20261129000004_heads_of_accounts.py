"""The heads of the accounts: the earliest time of what they have scheduled."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# Between bounds and in the order of the account's own index, as accounts/heads.py reads it. With an equation PostgreSQL
# may read, for each account, all that any account has scheduled.
UP = """
UPDATE "connected_accounts" SET "next_due" = (
    SELECT CASE WHEN "blocked_until" > "next_attempt_time" THEN "blocked_until" ELSE "next_attempt_time" END
    FROM "publications"
    WHERE "connected_account_id" >= "connected_accounts"."id" AND "connected_account_id" <= "connected_accounts"."id"
        AND "publications"."status" = 'scheduled' AND "next_attempt_time" IS NOT NULL
    ORDER BY "publications"."connected_account_id", "publications"."next_attempt_time" LIMIT 1
);
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP


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
        "pcO40e2wqtcbi95g0dIG7C/3rlRhfjOZB4S/5RCzaRWpp4hUfpRU7irsJMZjeW4SGpUZhq"
        "bUL+X2SnPBx0FCWMRH7QEzywNmXnj+abZvIwP0mYNWPtIl+xVHiFMkJgNvbGy49kSu64nM"
        "+hdvyU2vfdk77/bfi8Lc1mjE1NLqI6XdYwX0tX+s9kLuHmWGeC9rZrTkaeujgqZ5qDL7k2"
        "IvVZG1Sl1Lex+kXTUQnac7hHssnjopU+tLqTK5tA3U88vk+bXGgWtDDlpva1Jt+Sa6de6I"
        "qO+GKFbsNr0Tor4LYt+WJHGFHfJ8y/MhW/eKnaI2asmbLPmA8E4hszwcuZYqpRnkiWtZmy"
        "xrl9KJFcyqKB5pkud7w0t2qUzFlcqaRhmiw7OLniQ9N2CaK0qLYxBR9UMAd9fhhy92BNMw"
        "3A/8BKZhaO96lC+iRuudzFOoa13HZF0nlXlV1iWQTtaq71HR3GuXRVeF9pwyhEfkHZorAe"
        "uCNNSomf2EVEmr5MUMPizSidIDir87f2Pkh3tq67rdOuuE+Ue7Pzwqk1k7j8gOinI0czWa"
        "y9I0wwgpiiuXPlsqrvygQ3n7h4uckbgtRHyngW/TKRKPRPYltUUGLuKjSJRAIHvTHRfdtD"
        "lt+mY6+puLYuWzOOtUMpNSyQwMWBq6iB3EZh+uPmtKWyGuhW20sKMlXW+qrs6WS5GbnKvY"
        "6HzotG/k/8jEA/SWXL/rXl3JfLmJvBDGzPO1DEFP9w9by9xjMcUhGLY78I1NsefJ/2gJdI"
        "m6hd7cPFkdSs57d7+Y2WjYGN5OIHmd5MstZVzu0Q68vhm+OIO0oR1e+ZyjoeiutMjTg8sk"
        "kzwnAI1Jroqo2CRncV0rOQRbxiSXxx7lbfrYS5LsARxxRAG6R2wO/uXYInYP3X+BA+ceeC"
        "lk843nUzY/mjpf6SzzLbW66RVNySkJmTK3zhHA6PYmK2mq5CVOeV425aB815v0lKUt7FM5"
        "zhf+a6J6lI8yPMIEula8Y65mIUOy5K1r74tJ3pf6Kqv6KqtVeG/pn1mvWjfX4eVTfNRwe7"
        "h9+f7qoiPNZnHzn9jeDbGKQ5Ct6saxQnh4NvL2Q+2xQlHBOE6T7M4wfkqMt51mDR2kTRIs"
        "t8qkyHe4zAzxI3KqrjLn3Q/SqSZob0nrfNDpW6E/rnvZ44vPkI+UJORlxvpSoOlVPktSBz"
        "/2zB/uQq5NbxQB0bdQ57eYLPXF6lPZCayhrP3A+b1OLNbZnIayLnaFcC1wDZs5W1cl6gss"
        "n8MiVV9g+SzErDj2FGEXu9x0tHUYbWnUR3GK7iYL00xoV4Z8dAMsE/rhjIDezcXFstiPRu"
        "/a8GpRNcVyPxew3d4t2kIM2+OGJj4WPWkui4vBpM6qaFgxDBv8/5xuZSx2R+mWQo3yGI35"
        "zYIQxquOxcGGe8Q8XM2jmiKpAwzlAgxiUlVAOKp+gOh+e1zGc8drFaIrn5W8cvHX68tegR"
        "1UeOWig20f/A+4eJ/PVujAFWBkVGLlVFj+AFhOtRINvNHpVrtM+vj8f/pdeDQ="
)
