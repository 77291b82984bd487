"""The index by which accounts are counted whose owners have to connect them again."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

ON = """
"connected_accounts" ("platform", "status", "token_expires_at")
    WHERE status = 'reconnect_required' OR (status = 'active' AND encrypted_refresh_token IS NULL)"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    await build_index(db, "connected_accounts_to_reconnect", ON)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'DROP INDEX IF EXISTS "connected_accounts_to_reconnect"'


MODELS_STATE = (
    "eJztXf9z4rYS/1c0/JLrDC+XptdrJ6+vMxwhPXocSQlp77XpuIotwIOROdlOwtzL//4k2c"
    "ZfJBsbCCeIfkqQd6X1Z/Vld7WSvzRmroUc77jtYoxMH1kt03QD7DfOwJcGhjNE/ymkaYIG"
    "nM8TClbgwzuHM5kxtQFDcv4Y3nk+gSarfwQdD9EiC3kmsee+7WLG1wKBh8iRByI24GIAwd"
    "yB/sglsyZ4sP0JsH0PIGySxZw2AHx3irD3b+AhBOaIIIxt6BzHzR6zdi3XpA3bePw8Tdzi"
    "W9wClu0t33pZ9xShucdrI+5DWLcb+FGFTXCHTEilAfPgzrFNyFDwAAOesnDJA2x/DpDhu2"
    "PkTxCh8v/1V8N0EJka7C0M22JUsfAc47Bl9uTvv+lvG1voEXmM80tjZCPH4v+XVMK40OOc"
    "IM9j8jBqVhT3B1G1hosR1/5izikavAKqafYD/PG+M+gAz4d+4IGffgZHaaCOGk9NkJEr/S"
    "6Y1mJYAVpDpLuFMUHQKhRLaHeDttIvVBGH/9SBIeThNbN+Y1DpbCqeAf01hPVdg6CovLqw"
    "SxbK/DmgrVtH4HIAXiUUdFjb9+gItPrnycih1CMq28TggoPuNejf9HrfNJ6YkPOpwV84M9"
    "uEfZGXG7FoNzfd8wtOycbynWG6TjDDCfV8QUcVXpIHgW0dMx72bIwwIpApJplzcOA40UQV"
    "F4XjjBb4JEDLUWMlBRYawcBhM1fjp1GATTZUU3OB6RJ0bFveMUYPdDz9HEma4jKM/uXQuO"
    "4MDaMhzHtMotw8FRVR2NmcabMZlOL0FNab4MNLG6yB9vvW4NV3b7/hiLiePyb8IUev8cQZ"
    "oQ+NpI8loAtzQRb/9gQSOf7iJJJVBRV9HSXEBYkWkuUiBjSG7BlAbszgo+EgPPYn9Ofp99"
    "+XoP57a8CBp1QceZeub+ES2I8enYbPnvgIjxFPD28R7A4OZhzwLpULYhMJwKf5Vca88ekM"
    "PN7iXrf/oXPe7Z8Bx8ZTZNk4vyxX0sRJFUWcFOvhJK+G1GJZo9dnuVSGX6UuP4HYclAdnB"
    "OOtTCOZu4XBHGy7tIuSk2CcNkVIR/ShV4OeXENB9HNSyAfdj4NWc0zz/vspJF+9bH1iSth"
    "toie9C77v8TkKc20e5fvChWSMYTW04hQxSGMil1rJPS8jHtEmMEsKqKLC/QgMubgt0Of+D"
    "lGxEke/JMNpqExa/Vfp9+++eHNj9+9ffMjJeGSLUt+KNFJtz+UAZp2SQRIzykavj1DJbjm"
    "+HPIWlEFx/E/h9XNux8718PWx6tMXz9vDTvsyWmmn8elr97mloVlJeCP7vA9YD/Bn5f9Tt"
    "4ZWNIN/2QuZwMG1B/E7oMBrTQmcXFclNF44o6uY7km3LtbURqhc1rTKWu02sPu750zEHLf"
    "4kGnfdnvd9pDY9D57aY76JyfAdExvsXn3euIkFHkowNf3+q9c1yTGuEGtWFtp+54FZj1YF"
    "V5sMbqMl2rlu2d5zsEWyM7rt6+qTCu3r4pHFfskXxczajhDMcSuIutPAnrISC+a+tuGcSt"
    "Oaml+fR8pvJ8lkS0Y13U0bPIvQVt75OTu2/qjryudXSdY9XDWmU9x7EN04H2TBqOLd4Ekv"
    "FusCW0P1peueMj4usg6KENvPWyevQI24cRBn0fzea+xH8vDH3JWF9u8IttXY+mqX1UVnAH"
    "zekDJJYhPHFP3SJa8dHsdJYvgZj6A1b0Rky4KB+na1FduD7C5uIDWjQkGTs5imZZvo6d0B"
    "pTtKicrUNpgT+BPoDAhI6DCBjDe0R/zQKfp7M0AcQWJUHAtoA7Ag+M2PaBSRDrJ/mcmpQc"
    "ssyd526uWroNlWJFbk3YWoUEjTzuLG8lnisL8lZ06oROnVDW99jBJuc0nMuq4hyRa3SroT"
    "ui7SMyJ9GCXhXlHNsBor39cCGdZKi8tZ2dFNM2Z291Te0abk5q4a3p2GQ5dVRIOV9GEbP7"
    "Kkq8e0f7y5RbiILdnScpNbzjRD7jLqSuaHn3XX9CtQ1sL8wd9ybIYonszPKNq4yM3fAxJX"
    "4dN3E8lxjXW6lRYj/n7ORC61W9jMjV9uyB5EMWW7eIEJfU3jvMcmlboIItEEK2xsahwHgQ"
    "cO88K4zKOF9zTynPq20H5WyHTOY9ce/QWorOcmo1K6dmVUxE+ipSu5CVlxuDlKJy6NWnaw"
    "KgFg9A0JwsTbRj0PW9+ODWyHUc9yE8f5g+YngUhkmpqcfS12bzgB1ZDGinIwAClokSGn42"
    "P7Uoi8PutO3VRmX5wUZ2ErJZGoXluLPQK+MqCb3mzujFPiNlpAJSEWu0xBl0lFepOIKO8q"
    "oTh9zDJGOLwJFfs183zgeti+EZ4Ly3+Lr9vnN+02Npw55JHfDAYfnEVzfvet3r993+L2cp"
    "53tZzqiXLjstbQ2G3Vav918j/RwSnw5DZ2GkKC9aXd7UCNqOKrnJpuNiOqWOiFs3DUTk1E"
    "kg8uhoer2qA7CcXaOsY9AvxMFIqzmYW2uqOcup1aycmmv4kam4QsrHEXvEu4j74sMAOZxI"
    "ovvYT0xq2l/lJ6XRPJ8ZPHz92BCmATIDwkT5LXal9nK1EYF61thEqm/JQhTZrlcSqcj19t"
    "UBi0uMABuczL13cbKndMaDCU3A5romDx7QP+Eutxh5WLcSaV4Xq0i4+6gsssBPiURJkGEc"
    "cJW3n0LJWBr0hV6/cOvOkkW8H0i42Sd6E1HGZqUISFpSdxRXuh1RC+zG9A1HMfcGIpdHVO"
    "oIvJmeA0x1M7LJrI6mU0yiPEKydR1xEoexujQJjygMQTPXrxTqSktBdZ8wFsmho15qRb3U"
    "25J/niVbyU35zJE3H8nS8Yp3hVMsKgOv7H6wjj6uG33MxhRv8U2/fdm/6A4+ssLc0qjE0J"
    "JaUZVDYgX8OiamI4+7R5kg2sqaWSx5Xn2YT7WoVGZ9EvylOroWubW290HbdTef83yHcKPI"
    "cydiSuMndQaXtAI9vlQeX2sciVbkKPS2BtWW7wRc5xYHfXtDsWG36a0N+raGfZuS2GWCyP"
    "MNz4dk3cuOiurQmldZ8wGmjUJieHYUWqqVWpBn1rpWWdeO606NYF7H8EizvNw7WLJTZWpf"
    "qaprlGE6PL/oWVJyAyK5LLZ4DyIiPwRwd7398NWOXSqG+4GfulQM7V338uWu0Xqn8QRube"
    "uobOuksq2qhgTSCVr6phPJzXNZdEVoL1yC7DH+gBbChnVB6mlUzX5CKqRS0mICH5bpROkO"
    "Rd+dvjHywzW1dd1unXfC/KPdHxjlCaydR2QGRXmZOYpmWWpmuEOKYuLK50mJ+8BuzGP3fT"
    "jIGiNyxv93A990Z4g9YhmXrsmybhHtRawEAt6a7IjoptVJUzbTu7+5Xax85qZOJVMplUzB"
    "DUtFJ7GDWOzD2WdNbQvMWtlKKzua0uWu6upsuRS7yrmKjc6nTvuGf9En7qC3+PpD9+qK58"
    "tN+SUwap6pJQh6sm+dlYXHYo5DcGx3EBub2Z7Hv5YTyBJ1C6O5eTa9lZyP7n41t1GxPryd"
    "jeR1ki+3lHG5Ryvw+m748gzShn547bONiqK70iNPdy6VXPKcAiQuuaiiYpecxLRGcvC1ik"
    "vOjzry++4zt3LCMUUUoHtEFuAfii0i99D5B1hw4YFXTDevPd8li+OZ9Y3MM99SrZtey5Sc"
    "kuApc+scAYxubDKSqipe3JSXZVMJqje9SUtZ3sI2heN84fcrxaN8LrHHNoaOEa+Yq0XIsJ"
    "S8tY6+qBR90ddX6eurVuG9pW/kXrVursMLp2ivof5w+/LjVa/D3WZ22x9b3hXxikOQjfrO"
    "scB4eD7y9rfaY4OihnOcZtmdY/ycGG87zRpaSJokWG2WSbHvcJoZ2Y/IqjvLXHQ/8aAa47"
    "3FrYthZ2CE8bjuZZ9OPiPaU5ItLzXmlwJLr/ZZEr35sWfxcAdSa3qjHRB5DTq/RWWtL2ef"
    "2kFgCaeOA+fXOjZZZ3MaqobYBca1wFVs5GzdlNCXVr6ESUpfWvki1CwE9gRlF4fcZLx6G6"
    "1010cIiu4mC1NNaFdu+cg6WGbrhwoC+je9Xtnej8Tu2vA6UTHFcj8nsN3eJzoIPw1e8jW8"
    "HEWzfJ8s/NB43W/hAd+dIhynm8bXzh154VdGeJ3xt5+je5q81/m2Cj6Kt82q9dfx9vEiPv"
    "11vK8ePNZfx9Nfx9tPdeyb56C/jnewahYcmK+TWdVCxDYnMksxelJqIcKEZpVdWKzYDeww"
    "mS9dvIEpc54l4cbIctq1tbXjYGOxHXVPbWS73h58iuUglvQdpKSwQVUD4Yj8ANH99qSKZ0"
    "CpCtHlzype0v3r9WW/IHJeeEm3ZZs++B/1fvb5NK4MXAZGuXmat0Rzix+r4J0sGrfLxezp"
    "/6dejPM="
)
