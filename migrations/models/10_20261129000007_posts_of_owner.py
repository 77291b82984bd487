"""The index by which the posts that an owner has made are counted."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

ON = '"posts" ("clerk_user_id") WHERE created_by_queue_id IS NULL'


async def upgrade(db: BaseDBAsyncClient) -> str:
    await build_index(db, "posts_of_owner", ON)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'DROP INDEX IF EXISTS "posts_of_owner"'


MODELS_STATE = (
    "eJztXW1z2zYS/isYfXE6o3NcN007vl5nFFlu1DiyK8ttrnWHhUnI4ogCFJC0rcn5vx8Aku"
    "ILQIqkZIWS8ckWuAssn8XL7mIBfmnNiIUc97BLMEamh6yOaRIfe60T8KWF4Qyxf3Jp2qAF"
    "5/OYghd48NYRTGZEbcCAXDyGt65HocnrH0PHRazIQq5J7blnE8z5OsB3ET1wQcgGCAYQzB"
    "3ojQmdtcGD7U2A7bkAYZMu5qwB4JEpwu6/gYsQmCOKMLahcxg1e8jbtYjJGrbx3fM0cYNv"
    "cAdYtrt862XdU4TmrqiNkoegbuJ7YYVtcItMyKQBc//WsU3IUXABB56xCMl9bH/2keGRO+"
    "RNEGXy//VXy3QQnRr8LQzb4lSR8ALjoGX+5O+/2W8bW+gRuZzzS2tsI8cS/xdUwrnQ45wi"
    "1+XycGpeFPUHWbUGwUhofzEXFC1RAdM0/wH+eN8b9oDrQc93wU8/g4MkUAetpzZIyZV8F8"
    "xqMSwf1RDpdmFMELRyxZLaXaOt5AuVxOE/VWAIeETNvN8YTDqbiWdAr4awHjEoCsvLC7tk"
    "Ycyffda6dQAuhuBVTMGGtX2PDkBncBqPHEY9ZrJNDCE46F+BwfX5+TetJy7kfGqIF07NNk"
    "FfFOVGJNr1df/0TFDysXxrmMTxZzimni/YqMJLct+3rUPOw5/dIYwo5IqJ5xzsO044UUVF"
    "wThjBR710XLUWHGBhcbQd/jM1fpp7GOTD9XEXGASig5tyz3E6IGNp59DSRNchjG4GBlXvZ"
    "FhtKR5j0uUmafCIgY7nzNtPoMynJ6CemN8RGmLN9B93xm++u7tNwIR4np3VDwU6LWeBCP0"
    "oBH3sRh0aS5I49+dQKrGX55E0qpgotdRQlQQayFeLiJAI8ieAeTWDD4aDsJ33oT9PP7++w"
    "LUf+8MBfCMSiBP2PoWLIGD8NFx8OxJjPAI8eTwlsHuYX8mAO8zuSA2kQR8kr/JmLc+nYDH"
    "G3zeH3zonfYHJ8Cx8RRZNs4uy6U0cVRGEUf5ejjKqiGxWFbo9WmuJsPfpC4/gdhyUBWcY4"
    "5aGIcz9wuCOF53WRdlJkGw7MqQj9hCr4Y8v4a96OYFkI96n0a85pnrfnaSSL/62PkklDBb"
    "hE/OLwa/ROQJzXTPL97lKiRlCNXTiFTFPoyKbWsk8LyMe0S5wSwroo9z9CAzZuC3A5/4OU"
    "bEURb8ozWmoTve6r+Ov33zw5sfv3v75kdGIiRblvxQoJP+YKQCNOmSSJCeMjQ8e4YKcM3w"
    "Z5C1wgoOo3/2q5v3P/auRp2Pl6m+ftoZ9fiT41Q/j0pfvc0sC8tKwB/90XvAf4I/Lwa9rD"
    "OwpBv9yV3OFvSZP4jJgwGtJCZRcVSU0njsjtaxXGPu7a0orcA5reiUtTrdUf/33gkIuG/w"
    "sNe9GAx63ZEx7P123R/2Tk+A7Bjf4NP+VUjIKbLRga9v9d46xGRGuMFsWNupOl4lZj1Ymz"
    "xYI3WZxKpke2f59sHWSI+rt29KjKu3b3LHFX+kHlczZjjDOwXc+VaegnUfEN+2dbcM4lac"
    "1JJ8ej5r8nwWR7QjXVTRs8y9AW3vkpO7a+oOva46us6w6mHdZD1HsQ3TgfZMGY7N3wRS8a"
    "6xJbQ7Wl654yPj6yDoojW89aJ69AjbhREGPQ/N5p7Cf88NfalYX27wi29dj6eJfVRecAvN"
    "6QOkliE9Icckj1Z+NDueZUsgZv6AFb4RFy7Mx+lbTBfEQ9hcfECLliJjJ0PRLsrXsWNaY4"
    "oWpbN1GC3wJtADEJjQcRAFd/AesV8z3xPpLG0AscVIELAtQMbggRPbHjAp4v0km1OTkEOV"
    "ufPczZVLt2FSrMitCVorkaCRxZ3nrURzZU7eik6d0KkTjfU9trDJOQ3msrI4h+Qa3XLojl"
    "n7iM5puKCXRTnDtodobz5cyCYZJm9lZyfBtMnZu7mmdgU3J7HwVnRs0pw6KtQ4X6YhZvdl"
    "mHj3jvWXqbAQJbs7S1JoeEeJfMZtQF3S8h4Qb8K0DWw3yB13J8jiiezc8o2qDI3d4DEjfh"
    "01cThXGNcbqVFhP2fs5FzrtXkZkavt2T3Jh8y3bhGlhFbeO0xzaVughC0QQFZj41Bi3Au4"
    "t54VxmSc19xTyvJq26FxtkMq856SW1RL0WlOrebGqbkpJiJ7FaVdyMuLjUFGUTr06rE1AT"
    "CLByBoTpYm2iHoe250cGtMHIc8BOcPk0cMD4IwKTP1ePrabO7zI4s+63QUQMAzUQLDzxan"
    "FlVx2K22vdqoLD7YyE9CtgujsAJ3HnrlXAWh18wZvchnZIxMQCZihZYEQ4WmUi9VqhEyNs"
    "gDLnif8JCf4i2ig3o62KyDzQ1er7YQDt3BXGeLwrFXsV+3Toeds9EJELw3+Kr7vnd6fc6z"
    "l11zgizf4WnNl9fvzvtX7/uDX04SMYBlOadeRg5YaWc46nfOz/9rJJ9D6rFh6CyMBOVZpy"
    "+aGkPbaUqKtOkQzObEMSVVs1FkTp2Log7SJpfNKgCr2TXKOhT+QvycpJr9uVVTzWlOrebG"
    "qbmCO5sIbyRcLblHvAu5zz4MkSOIFLqP3NW4pt1VflwazvOpwSPWjzVhGiLTp1yU3yKPbi"
    "dXGxmoZw2RJPqWKlKS7noFAZNMb18dN7nACPDByaMMBMdbWyciptEGfK5rixgG+xNstssB"
    "kLqVKNPLeEXSFUxFAQ5xWCXMxQzCkaviAQmUjKVBvyouEF/ts2SRrymSLhgK30SWsV0qEJ"
    "OUlIyjSjcjao7dmLxoKeJeQ+TiwE4VgdfTs4+ZbsY2nVXRdIJJlkfK+a4iTuwwlpcm5pGF"
    "oWhGvFIRt6QUTPcxY54cOurVrKhX8zIDnmfJbmRuQOrknYdUWYH5m9MJliYD39htaR19rB"
    "t9TMcUb/D1oHsxOOsPP/LCzNLYiKGltKJKh8Ry+HVMTEcet48yRayVmsk0WV59prBpUanU"
    "+iT5S1V0LXNrbe+CtqtuPmf59uFik+fOB1XGT6oMLmUFenw1eXzVOJndkBPZmxpUG76asM"
    "5lEvoSiXzDbt3LI/SlEbs2JfE7DZHrGa4Had07l/Lq0JpvsuZ9zBqF1HDtMLRUKbUgy6x1"
    "3WRdO4RMDX9exfBIsrzcq2DSU2ViX6msa5Ri2j+/6FlScn2quLM2fw8iJN8HcLe9/fDVTn"
    "82DPc9P/zZMLS33cuXu0b1DgVK3NrWabKtk8i2KhsSSCZo6QtXFBfgpdGVoT0jFNl3+ANa"
    "SBvWOamnYTW7CamUSsmKKXxYphMlOxR7d/bGyAvW1M5Vt3PaC/KPtn9uVSSw9h6R6eflZW"
    "Yo2kWpmcEOKYqISx9rpeSBX9zHrx1xkHWH6In4n/ieSWaIP+IZl8TkWbeI9SJeAoFoTXVS"
    "dd3qlCmbyd3fzC5WNnNTp5I1KZWsgRuWDZ3E9mKxD2afmtqWmLWyG63scEpXu6qrs+US7E"
    "3OVWz1PvW61+LDQlEHvcFXH/qXlyJfbiruomnmmVqKoKv65FpReCzi2AfHdguxsZntuuKj"
    "Pb4qUTc3mptl01vJ2ejuV3MbG9aHN7ORXCf5ckMZlzu0Atd3w5dnkNb0wyufbWwouis98m"
    "TnapJLnlGAwiWXVZTvktOI1ogPvpZxycVRR3HtfupyUHjHEAXoHtEF+Idhi+g9dP4BFly4"
    "4BXXzWvXI3RxOLO+UXnmG6p13duh4lMSImWuzhHA8OIoI66qzqVOG5CgfNPrtJTmzW1TOs"
    "4XfEZTPspHqH1nY+gY0Yq5WoQUS8Fb6+hLk6Iv+voqfX3VKrw39Kney871VXDhFOs1zB/u"
    "Xny8PO8Jt5lfOsiX94Z4xQHIRnXnWGLcPx9581vtkUFRwTlOsmzPMX5OjDedZg0tpEwSLD"
    "fLJNi3OM2M7UdkVZ1lzvqfRFCN897gztmoNzSCeFz/YsAmnzHrKfGWVzPmlxxLr/JZEr35"
    "sWPxcAcya3qtHRB1DTq/pclaX84+lYPACk4dB86udXyyTuc0lA2xS4y1wG3YyNm4KaEvrX"
    "wJk5S+tPJFqFkK7EnKzg+5qXj1Nlrhro8UFN1OFmYzoV255aPqYKmtHyZI4iMIq+5dLTIK"
    "qlwnKqdY7uYEtt37RIfBF8oLPsqXoWgX75MF3zuv+kk+4JEpwlG6aXTt3IEbfOxE1Bl9gj"
    "q8p8l9nW0r59t8m6xaf6RvFy/i0x/p++rBY/2RPv2Rvt1Ux655DvojfXurZsmB+TqZVR1E"
    "bXOishTDJ4UWIoxpVtmF+Ypdww5T+dL5G5gq51kRbgwtp21bW1sONubbUffMRrar7cEnWP"
    "ZiSd9CSgofVBUQDsn3EN1vj8p4BowqF13xrOQl3b9eXQxyIue5l3RbtumB/zHvZ5dP46rA"
    "5WAUm6dZSzSz+PEK3qmicdtczJ7+DyVHuKQ="
)
