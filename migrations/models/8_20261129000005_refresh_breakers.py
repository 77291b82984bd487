"""Refreshes have breakers of their own, and accounts know when their access token was had."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TIME = {"sqlite": "TIMESTAMP", "postgres": "TIMESTAMPTZ"}

UP = """
CREATE TABLE "refresh_breakers" (
    "platform" VARCHAR(20) NOT NULL PRIMARY KEY,
    "error_code" VARCHAR(64) NOT NULL,
    "error_message" TEXT NOT NULL,
    "tripped_time" {time} NOT NULL,
    "probe_time" {time} NOT NULL
);
ALTER TABLE "connected_accounts" ADD "tokens_time" {time};
"""

DOWN = """
ALTER TABLE "connected_accounts" DROP COLUMN "tokens_time";
DROP TABLE "refresh_breakers";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP.format(time=TIME[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXVtz2zYW/isYvSSd0Tqum6Ydb7cziiw3bBzZleU227rDwiQkcUSBCkja1mTz3xcASf"
    "ECkCIlWYFkPNkCcYDD7+BybgA/t2aejVz/qOthjKwA2R3L8kIctE7B5xaGM0T/Ka3TBi04"
    "n6c1WEEA71xOZCW1TRhV54/hnR8QaLH2R9D1ES2ykW8RZx44HmZ0HRD6iLzwQUwGPAwgmL"
    "swGHlk1gYPTjABTuADhC2ymNMOQOBNEfb/DXyEwBwRhLED3aOk2yPWr+1ZtGMHj5+mi1t8"
    "izvAdvzlWy/bniI093lrxHuI2vbCIG6wDe6QBSk3YB7euY4FGQo+YMBTEs55iJ1PITIDb4"
    "yCCSKU/7/+alkuIlOTvYXp2KxWwjzHOOqZPfn7b/rbwTZ6RD6j/NwaOci1+f8VjTAq9Dgn"
    "yPcZP6w2K0rGgyha08OIS38x5zVavAEqafYD/PGuN+gBP4BB6IOffgYvskC9aH1pgxxf2X"
    "fBtBXTDtEaLN0tzAmCdilbQr8b9JV9oZo4/EeAgfUxn5qco9z8i6TDy82k5Zsb4+yc12Sj"
    "+860PDec4bT2fEHHGV5WD0PHPmI07NkYYUQgYzWdhTh03XjqJkXRyKMFAQnRchzZaYGNRj"
    "B02Vxu/TQKscUGb2Z2WB5BR47tH2H0QEfYzzGnGSrT7F8Ozeve0DRbwkrAOCrM3LiIgsZW"
    "EYetKRSnL1G7KT68tMU66L7rDF5+9+YbjojnB2PCH3L0Wl84IQygmQ6CFHRhduTx704gke"
    "MvTqu8KCjr6wghKUilkC6gCaAJZE8AcmsGH00X4XEwoT9Pvv++AvXfOwMOPK3Fkffoih9t"
    "Cv340Un07Aufggni2Xkvgt3D4YwDblC+ILaQAHyWXmXMWx9PweMtvjD673tnRv8UuA6eIt"
    "vBxY2qliSO6wjiuFwOx0UxZLaPBqM+T6Uy/CoN+QnEtoua4JxSrIVxvHI/I4iXOhzbremO"
    "bnLNS4R8SPdpOeTlLRzEMK+AfNj7OGQtz3z/k5tF+uWHzkcuhNkifnJx2f8lqZ6RTPfi8m"
    "2pQAga0f14solEhCYOYVbsWiKRLWLeI8L0XVEQBi6Rg0hYgN+JrMSnmBHHRfCPN1iGxqzX"
    "f518+/qH1z9+9+b1j7QK52xZ8kOFTIz+UAaoSU0Ihw5OEwYipGcUjcCZoQpcC/QFZO24ga"
    "Pkn8Ma5saH3vWw8+EqN9bPOsMee3KSG+dJ6cs3hW1h2Qj4wxi+A+wn+POy3ysaA8t6wz+Z"
    "TdiCYeCZ2HswoZ3FJClOinISj4y6dTXXlHp3OwrV2ALnPuGltu7a6Q6N33unIKK+xYNe97"
    "Lf73WH5qD3240x6J2dAoJis5Yuz59COobtW3xmXMcVWY2ivfz1td4717OoEm5SHdZxm85X"
    "gVhPVpUnayIuy7Mb6d5FukPQNfLz6s3rGvPqzevSecUeyefVjCrOcCyBu1zLk5AeAuK71u"
    "6Wbs2Gi1qWTq9nKq9nqUM6kUUTOYvUW5D2Phm5+ybu2OpaR9YFUj2tVZZz4tuwXOjMpO7Y"
    "8iCQjHaDkND+SHllxEfE10XQRxtY61Xt6Bm2DzMMBgGazQOJ/V7q+pKRPl/nFwtdj6aZOC"
    "oruIPW9AES2xSeeCdeWV3x0exkViyBmNoDdvxGjLk4Q8WwqSy8AGFr8R4tWpIclkKNdlUG"
    "i5PWNadoUTt/hdYFwQQGAAILui4iYAzvEf01CwOe4NEGENu0CgKODbwReGCVnQBYBLFxUs"
    "wyyfAhy2V56u7qJaBQLlZkm0S9sXVxRX5FEXeWyZGslSWZHDp1QqdOKGt77CDIOY3Wsro4"
    "x9U1uvXQHdH+EZmTeEOvi3KB7ADR3r67kC4ylN/Gxk6GaJurt7qqdgMzJ7PxNjRs8pTaK6"
    "ScLaOI2n0VJ969peNlyjVEQe8uVqlUvJNEPvMuql1T8+57wYRKGzh+lE3tT5DNUruZ5ps0"
    "GSu70WNa+VXSxdFcolxvpUWJ/lzQk0u1V/UyIlfrsweSD1mu3SJCPNI4dpin0rpADV0ggm"
    "yNwKFAeBBw7zwrjPI4XzOmVKTVuoNyukMu8554d2gtQecptZiVE7MqKiJ9FaleyMqrlUFa"
    "o7brNaB7AqAaD0DQmixVtCNgBH5y7mrkua73EJ3Iyx66exG5Samqx9LXZvOQHeIL6aAjAA"
    "KWiRIpfg4/xyfzw+6079VKZfVRP3Y2sF3pheW4M9cro6pwvRYO0SU2IyWkDFIWG/TECbSX"
    "Vyk/gvbyquOH3MMkY5vAUdBwXLfOBp3z4SngtLf4uvuud3ZzwdKGfYsa4KHL8omvbt5eGN"
    "fvjP4vpxnje1nOai9NdlraGQyNzsXFf83sc0gCOg3dhZmped4xeFcj6Liq5CZbrofpkjoi"
    "XtM0EJFSJ4HIvaPZ/aoJwHJyjbL2QT8TAyMr5nBurynmPKUWs3JibmBHZvwKGRtHHBFvY+"
    "rz9wPk8koS2Sd2YtrS/go/LY3X+dzk4fvHhjANkBUSxspviSm1l7uNCNST+iYyY0vmosgP"
    "vQpPRWG0r3ZYXGIE2ORk5r2H05jSKXcmtAFb69rceUD/RFFu0fOwbiPSvC7WkHAbUJVngZ"
    "8SiZMgIz/gKms/g5K5VOhLrX7h0pwliXhxkHAxT/wmIo/tWh6QLKfeKGl0O6yW6I2ZgN2S"
    "egOWqz0qTRjeTM4hprIZOWTWRNIZIpEfIdm6CTupwVifm5RGZIagmRfUcnVluaCyTwnL+N"
    "BeL7W8XuqF5J9my1YyKJ878hYgWTpeeVQ4Q6Iy8MrGg7X3cV3vY96neItv+t3L/rkx+MAK"
    "C1ujElNLqkXVdomV0GufmPY87h5lgmgva2axFGn1YT7VvFK5/Umwl5rIWqTW0t4HaTcNPh"
    "fpDuFGkadOxJT6T5pMLmkDen6pPL/WOBKtyFHobU2qLd8JuM4tDvr2hnLFbtNbG/RtDfu2"
    "JLHLBJEfmH4AybqXHZW1oSWvsuRDTDuFxPSd2LXUKLWgSKxlrbKsXc+bmuG8ieKRJXm+d7"
    "Dkl8pMXKmuaZQjOjy76ElSckMiuSy2PAYRVz8EcHcdfvhqxy4Vw/3AT10qhvauR/kyarTe"
    "aTyBWus6Kus6mWyrui6BbIKWvulEcvNcHl0R2nOPIGeM36OFELAuST2Nm9lPSIVUSlpM4M"
    "MynSg7oOi70zdGQbSndq67nbNelH+0+wOjPIG194issCwvs1CjXZWaGUVIUVK59nlS4j2w"
    "G/PYfR8usseInPL/vTCwvBlij1jGpWexrFtERxErgYD3Jjsiumlz0pTNbPS3EMUqZm7qVD"
    "KVUskUDFgquogdxGYfrT5rSlsg1sJWWtjxki43VVdny2XIVc5VbPU+9ro3/Is+yQC9xdfv"
    "jasrni835ZfAqHmmliDoy751VuUeSygOwbDdgW9s5vg+/1pOKEvULfXmFsl0KLno3f1qZq"
    "NiY3g7geR1ki+3lHG5Rzvw+mb48gzShnZ447ONiqK70iLPDi6VTPKCACQmuSiicpOcJHXN"
    "9OBrHZOcH3Xk993nbuWEY4ooQPeILMA/FFtE7qH7D7DhwgcvmWxe+YFHFkcz+xuZZb6lVj"
    "e9lik9JcFT5tY5Ahjf2GSmTdW8uKnIy6Yc1O96k57ytKV9Csf5ou9Xikf5POKMHQxdM9kx"
    "V7OQI6l4a+19Ucn7oq+v0tdXrcJ7S9/IvercXEcXTtFRQ+3h7uWHq4seN5vZbX9se1fEKo"
    "5ANpsbxwLh4dnI2w+1JwpFA+M4S7I7w/gpMd52mjW0kTRJsN4qkyHf4TIzch6R3XSVOTc+"
    "cqcao73FnfNhb2BG/jjjsk8XnxEdKWnIS431pUTTa3yWRAc/9swf7kKqTW8UAZG3oPNbVJ"
    "b6cvVp7ASWUGo/cHGvY4t1PqehrotdIFwLXMVmztZVCX1p5XNYpPSllc9CzIJjTxB2uctN"
    "RqvDaJVRH8EpupssTDWhXRnykQ2wXOiHMgL6NxcXVbEfid614XWiYorlfi5gu71PdBB9Gr"
    "zia3iFGu3qOFn0ofGm38IDgTdFOEk3Ta6de+FHXxnhbSbffo7vafJfFfsq+SjeNpvWX8fb"
    "x4v49NfxvrrzWH8dT38dbz/FsW+Wg/463sGKWTBgvk5mVQcRx5rINMX4SaWGCNM6q/TCcs"
    "FuoIfJbOnyAKbMeJa4G2PNadfa1o6djeV61D3VkZ1mMfgMyUFs6TtISWGTqgHCcfUDRPfb"
    "4zqWAa1Vii5/VvOS7l+vL/slnvPSS7ptxwrA/6j1s8+ncWXgMjCq1dOiJlrY/FgDb2XeuF"
    "1uZl/+D01VPOk="
)
