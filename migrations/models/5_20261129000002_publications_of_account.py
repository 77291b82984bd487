"""The index by which an account's due publications are found."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

ON = """
"publications" ("connected_account_id", "next_attempt_time", "id")
    WHERE status = 'scheduled'"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    await build_index(db, "publications_of_account", ON)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'DROP INDEX IF EXISTS "publications_of_account"'


MODELS_STATE = (
    "eJztXW1z4rYW/isavux2hpum6Xbbye3tDEtIl26WpIS0e9t0XMUWoMFIrGwnYfbmv19Jtv"
        "GLZLCBUEH8CZB1pOPn6OW8SXxpTKmDXO+oTQlBto+clm3TgPiNU/ClQeAU8S+FdZqgAWez"
        "pIYo8OGdK4nsuLYFw+ryMbzzfAZt0f4Quh7iRQ7ybIZnPqZE0LVA4CH2ygMRGaAEQDBzoT"
        "+kbNoED9gfA+x7ABGbzWe8A+DTCSLev4GHEJghhgjB0D2Kuz0S/TrU5h1jMnqeLm7JLWkB"
        "B3uLt160PUFo5snWGH0I26aBHzXYBHfIhpwbMAvuXGxDgYIHBPCcRHIeEPw5QJZPR8gfI8"
        "b5//PPhu0iNrHEW1jYEbVi5iXGYc/iyV9/8d+YOOgReYLyS2OIkevI70saEVToccaQ5wl+"
        "RG1RFI8HVbQWJUhKfz6TNRqyAS5p8QP8/r7T7wDPh37ggR9/Aq/SQL1qPDVBhq/0uxDeiu"
        "UEaA2W7ubWGEGnkK3Gk2hgNrFk15kBH8Ihy62Y9uame3Yua4rhdGfZ1A2mJKk9m3PBkkX1"
        "IMDOkaARz0aIIAY5d6lhTwLXjeZKXBSKmhf4LEALwTlJgYOGMHDF5Gn8OAyILUZLajjalK"
        "Ej7HhHBD1wkf4UcZqisqze5cC67gwsq6FMPcFRbqpERRxdMW2xmMQcp6ew3QQfWdoQHbTf"
        "t/qvv337lUSEev6IyYcSvcaTJIQ+tBJpJ6ArwzGLf3sMmR5/dRxnRcFZX0cIcUEihWTFig"
        "GNIXsGkBtT+Gi5iIz8Mf958t13S1D/rdWXwPNaEnnKl9hwFe5Fj07CZ09yrsWIpyeaCnaH"
        "BFMJeJfzBYmNFODT9CZj3vh0Ch5vyUW396Fz1u2dAheTCXIwye8MpSRxXEYQx8VyOM6LIb"
        "VeVxj1WSqT4TdpyI8hcVxUBeeEYi2Mo5X7BUG8UJrEVsy3a0uqOirkA74T6yEvbuEghvkS"
        "yAedTwPR8tTzPrtppF9/bH2SQpjOoycXl72f4+opybQvLt8VCoShId+Px5tIRGniEGbFri"
        "USKv/WPWJCmVUF0SUFclAJc/Dj0Cx7jhlxnAf/eINlaCR6/dfJN2++f/PDt2/f/MCrSM4W"
        "Jd8vkUm3N9ABanH7APPBaUFfhfSMo+HjKVqCa44+h6wTNXAUfzmsYd792LketD5eZcb6WW"
        "vQEU9OMuM8Ln39NrctLBoBv3cH74H4Cf647HXyxsCi3uAPYfw1YOBTi9AHCzppTOLiuCgj"
        "8dCaXFdzTah3t6Nwjc3H9zEvpXXXVnvQ/a1zCkLqW9LvtC97vU57YPU7v950+52zU8BQZP"
        "/y5flzwMewc0vOutdRRVEjbXGbofXeudTmSrjFdVjsVp2vCnE9WU2erLG4bOpU0r3zdIeg"
        "a2Tn1ds3JebV2zeF80o80s+rKVec4UgDd7GWpyE9BMR3rd0tfJYVF7U0Xb2embyeJd7mWB"
        "ZV5KxSb0Ha+2Tk7pu4Y5vXdiGeat10xcEBHe0GoYL9mdQrIwEqvi6CHtrAilvWTr2g7sMM"
        "g76PpjNfY9cVukR0pC/XKSJCmsNJKr4mCu6gPXmAzLGUJ/SEFtVVH01PpvkSSLie6ERvJJ"
        "iLUgW6DpcF9RGx5x/QvKFJJsjVaC5LJcBJXWuC5qUTCXhd4I+hDyCwoesiBkbwHvFf08CX"
        "kfYmgMThVRDADqBD8CAqYx/YDIlxkg/3p/jQJRU8d3flMgE4FyvC/mFvYl1cEVTP4y5C6v"
        "FaWYfUjdlI65C6OcGvSbiWlcU5ql6jWw7dIe8fsRmLNvSyKOfIDhDt7buR+CLD+a1s7KSI"
        "trl6m6tqVzBzUhtvRcMmS1l7C4yzZQxRu6+ihKx3fLxMpIao6N35KksV7zjBy7oLa5fWvL"
        "m0ZzPkABszO+AabkR/KvNg41YB12M9QIk7BzNG75DHFWLsIqkgM/oA0CP2/DjnVqTHemM+"
        "hr6OeTmaabXwXXat0chzmnehPmxe7t1qDflAMu+K9WXEGGWVo1RZqlq7KKFdhJCtEaJSCA"
        "8C7p3nH4Vr5FrRizxtrY0Yp41kcrzF9raWoLOUtZiNE7MpSid/Fa2mKcqXq5e8RnmVku8J"
        "gGs8AEF7vFDkjkCXK3LR0aIhdV36EB62Sp+nehU6XrEnE6Wms0Cczwr4oGMAApHzIA6A+W"
        "Msj2hpdcpd9r1aqVx+iksc+2ou9etK3IUzV1AtcebmzmXFVign5AxyFiv0JAlqv7FRnona"
        "b2yOZ3MP01kdBod+xXHdOOu3zgenQNLekuv2+87ZzYVIUPXsMXICV2SuXt28u+hev+/2fj"
        "5NGd+LclE7Kpa1W/1Bt3Vx8V8r/Rwyn09Dd26lap63urKrIeSmviFZsLZLCV9Sh4xWTSxR"
        "Keu0Er2/Nb1fVQFYT16jXHu1X4iBkRZzMHPWFHOWshazcWKuYEem/AopG0cdEe8i6vMPfe"
        "TKShrZx3Zi0tL+Cj8pjdb5zOSR+8eGMPWRHTDByq+xKbWXu40K1LP6JlJjS+eiyA69JZ6K"
        "3Ghf7bC4JAiIySnMeyq+R06DU+lMaAKx1jWl84B/hHFz1fOwbiPaTDHRkHLRyzLPgjyPEK"
        "VVhn7AVdZ+CiVrodAXWv3Ze2H+A14tSNQ7YZT7XaI3UXlslvKApDmlw7jR7bCq1xuL3mDR"
        "0gbsL/euVGF+M5kHhL/lELNpFamniFR+lFTuKuwkxmN5bhIalRmGptQv5fZKc8HHQUJYxE"
        "ftATPLA2ZeeP55tm8jA/SZg1Y+0iX7FUeIUyQmA29sbLj2RK7ricz6F2/JTa992Tvv9j+K"
        "wtzWaMTU0uojpd1jBfS1f6z2Qu4eZYZ4L2tmtORp66OCpnmoMvuTYi9VkbVKXUt7H6RdNR"
        "CdpzuEeyyeOylT60upMrm0DdTzy+T5tcaBa0MOWm9rUm35Jrp17oio74YoVuw2vROivgti"
        "35YkcYUd8nzL8yFb94qdojZqyZss+YDwTiGzPBy5liqlGeSJa1mbLGuX0okVzKooHmmSl3"
        "vDS3apTMWVyppGGaLDs4ueJT03YJorSotjEFH1QwB31+GHf+wIpmG4H/gJTMPQ3vUoX0SN"
        "1juZp1DXuo7Juk4q86qsSyCdrFXfo6K51y6LrgrtOWUIj8gHNFcC1gVpqFEz+wmpklbJix"
        "l8WKQTpQcUf3f+xsgP99TWdbt11gnzj3Z/eFQms3YekR0U5WjmajSXpWmGEVIUVy59tlRc"
        "+UGH8vYPFzkjcVuI+E4D36ZTJB6J7EtqiwxcxEeRKIFA9qY7Lrppc9r0zXT0NxfFymdx1q"
        "lkJqWSGRiwNHQRO4jNPlx91pS2QlwL22hhR0u63lRdnS2XIjc5V7HR+dRp38j/kYkH6C25"
        "/tC9upL5chN5IYyZ52sZgp7uH7aWucdiikMwbHfgG5tiz5P/0RLoEnULvbl5sjqUnPfu/m"
        "Nmo2FjeDuB5HWSL7eUcblHO/D6ZvjiDNKGdnjlc46GorvSIk8PLpNM8pwANCa5KqJik5zF"
        "da3kEGwZk1wee5S36WMvSbIHcMQRBegesTn4m2OL2D10/wYOnHvgtZDN155P2fxo6nyls8"
        "y31OqmVzQlpyRkytw6RwCj25uspKmSlzjledmUg/Jdb9JTlrawT+U4X/iviepRPsrwCBPo"
        "WvGOuZqFDMmSt669LyZ5X+qrrOqrrFbhvaV/Zr1q3VyHl0/xUcPt4fblx6uLjjSbxc1/Yn"
        "s3xCoOQbaqG8cK4eHZyNsPtccKRQXjOE2yO8P4OTHedpo1dJA2SbDcKpMi3+EyM8SPyKm6"
        "ypx3P0mnmqC9Ja3zQadvhf647mWPLz5DPlKSkJcZ60uBplf5LEkd/Ngzf7gLuTa9UQRE30"
        "Kd32Ky1BerT2UnsIay9gPn9zqxWGdzGsq62BXCtcA1bOZsXZWoL7B8CYtUfYHlixCz4thT"
        "hF3sctPR1mG0pVEfxSm6myxMM6FdGfLRDbBM6IczAno3FxfLYj8avWvDq0XVFMv9XMB2e7"
        "doCzFsjxua+Fj0pLksLgaTOquiYcUwbPD/c7qVsdgdpVsKNcpjNOY3C0IYrzoWBxvuEfNw"
        "NY9qiqQOMJQLMIhJVQHhqPoBovvNcRnPHa9ViK58VvLKxV+uL3sFdlDhlYsOtn3wP+DifT"
        "5boQNXgJFRiZVTYfkDYDnVSjTwTqdb7TLp4+n/7nFJLA=="
)
