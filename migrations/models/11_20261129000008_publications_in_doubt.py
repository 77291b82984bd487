"""The index by which pruning finds the retries of what may have been published."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

ON = """
"publications" ("connected_account_id")
    WHERE unclear_since IS NOT NULL AND status = 'scheduled'"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    await build_index(db, "publications_in_doubt", ON)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'DROP INDEX IF EXISTS "publications_in_doubt"'


MODELS_STATE = (
    "eJztXW1z2zYS/isYfXE6o3NcN007vl5nFFlu2DiSK8ttrnWHhUlI4ogCFJC0rcn5vx8Aku"
    "ILSIqkZIWS8ckWuAssn8XL7mIBfmnNiYls57hLMEaGi8yOYRAPu60z8KWF4Ryxf3Jp2qAF"
    "F4uIghe48M4WTEZIrUOfXDyGd45LocHrH0PbQazIRI5BrYVrEcz5OsBzED1yQMAGCAYQLG"
    "zojgmdt8GD5U6B5ToAYYMuF6wB4JIZws6/gYMQWCCKMLagfRw2e8zbNYnBGrbw5HmauMW3"
    "uANMy1m99aruGUILR9RGyYNfN/HcoMI2uEMGZNKAhXdnWwbkKDiAA89YhOQetj57SHfJBL"
    "lTRJn8f/3VMmxEZzp/C90yOVUovMDYb5k/+ftv9tvCJnpEDuf80hpbyDbF/wWVcC70uKDI"
    "cbg8nJoXhf1BVq1OMBLaXy4ERUtUwDTNf4A/3veGPeC40PUc8NPP4CgO1FHrqQ0ScsXfBb"
    "NadNNDNUS6W+pTBM1csaR2N2gr/kIlcfhPFRh8HlEz7zc6k85i4unQrSGsS3SKgvLywq5Y"
    "GPNnj7VuHoHBELyKKNiwtu7REej0z6ORw6jHTLapLgQH2jXo31xeftN64kIuZrp44cRs4/"
    "dFUa6Hot3caOcXgpKP5TvdILY3xxH1YslGFV6Re55lHnMe/myCMKKQKyaac7Bn28FEFRb5"
    "44wVuNRDq1FjRgUmGkPP5jNX66exhw0+VGNzgUEoOrZM5xijBzaefg4kjXHpen8w0q97I1"
    "1vSfMelyg1TwVFDHY+Z1p8BmU4Pfn1RviI0hZvoPu+M3z13dtvBCLEcSdUPBTotZ4EI3Sh"
    "HvWxCHRpLkji351Cmo2/PIkkVcFEr6OEsCDSQrRchICGkD0DyK05fNRthCfulP08/f77At"
    "R/7wwF8IxKIE/Y+uYvgf3g0an/7EmM8BDx+PCWwe5hby4A15hcEBtIAj7O32TMW5/OwOMt"
    "vtT6H3rnWv8M2BaeIdPC6WW5lCZOyijiJF8PJ2k1xBbLCr0+ydVk+JvU5acQmzaqgnPEUQ"
    "vjYOZ+QRBH6y7roswk8JddGfIRW+izIc+v4SC6eQHko96nEa957jif7TjSrz52PgklzJfB"
    "k8tB/5eQPKaZ7uXgXa5CEoZQPY1IVRzCqNi1RnzPS79HlBvMsiI0nKMHmTEFv+X7xM8xIk"
    "7S4J9sMA1NeKv/Ov32zQ9vfvzu7ZsfGYmQbFXyQ4FOtP4oC9C4SyJBes7QcK05KsA1xZ9C"
    "1gwqOA7/Oaxurn3sXY86H68Sff28M+rxJ6eJfh6WvnqbWhZWlYA/tNF7wH+CPwf9XtoZWN"
    "GN/uQuZwt6zB/E5EGHZhyTsDgsSmg8ckfrWK4R9+5WlJbvnFZ0ylqd7kj7vXcGfO5bPOx1"
    "B/1+rzvSh73fbrRh7/wMyI7xLT7XrgNCTpGODnx9q/fOJgYzwnVmw1p21fEqMavB2uTBGq"
    "rLIGYl2zvNdwi2RnJcvX1TYly9fZM7rvij7HE1Z4YznGTAnW/lZbAeAuK7tu5WQdyKk1qc"
    "T81nTZ7Pooh2qIsqepa5t6DtfXJy903dgddVR9cpVjWsm6znMLZh2NCaZ4Zj8zeBsng32B"
    "LaHy2v3fGR8bURdNAG3npRPWqE7cMIg66L5gs3w3/PDX1lsb7c4Bffuh7PYvuovOAOGrMH"
    "SE1dekJOSR6t/Gh+Ok+XQMz8ATN4Iy5ckI+jmUwXxEXYWH5Ay1ZGxk6Kol2Ur2NFtPoMLU"
    "tn6zBa4E6hCyAwoG0jCibwHrFfc88V6SxtALHJSBCwTEDG4IETWy4wKOL9JJ1TE5MjK3Pn"
    "uZsrl27DpFiTW+O3ViJBI407z1sJ58qcvBWVOqFSJxrre+xgk3Pmz2VlcQ7IFbrl0B2z9h"
    "Fd0GBBL4tyiu0A0d5+uJBNMkzeys5OjGmbs3dzTe0Kbk5s4a3o2CQ5VVSocb5MQ8zuqyDx"
    "7h3rLzNhIUp2d5qk0PAOE/n0O5+6pOXdJ+6UaRtYjp877kyRyRPZueUbVhkYu/5jRvw6bO"
    "J4kWFcb6XGDPs5ZSfnWq/Ny4hcb88eSD5kvnWLKCW08t5hkkvZAiVsAR+yGhuHEuNBwL3z"
    "rDAm46LmnlKaV9kOjbMdEpn3lNyhWopOcio1N07NTTER2atk2oW8vNgYZBSlQ68uWxMAs3"
    "gAgsZ0ZaIdA811woNbY2Lb5ME/fxg/Ynjkh0mZqcfT1+YLjx9Z9FinowACnoniG36WOLWY"
    "FYfdadvrjcrig438JGS7MAorcOehV85VEHpNndELfUbGyARkIlZoSTBUaCrxUqUaIWOdPO"
    "CC9wkO+WW8RXhQTwWbVbC5wevVDsKhe5jrbFI4div269b5sHMxOgOC9xZfd9/3zm8uefay"
    "Y0yR6dk8rfnq5t2ldv1e6/9yFosBrMo59SpywEo7w5HWubz8rx5/DqnLhqG91GOUFx1NND"
    "WGlt2UFGnDJpjNiWNKqmajyJwqFyU7SBtfNqsAnM2uUFah8Bfi58TV7C3MmmpOcio1N07N"
    "FdzZWHgj5mrJPeJdwH3xYYhsQZSh+9BdjWraX+VHpcE8nxg8Yv3YEKYhMjzKRfkt9Oj2cr"
    "WRgXrWEEmsb2VFSpJdryBgkurt6+MmA4wAH5w8ykBwtLV1JmIabcDnuraIYbA//ma7HACp"
    "W0lmehmvSLqCqSjAIQ6rBLmYfjhyXTwghpK+MujXxQWiq31WLPI1RdIFQ8GbyDK2SwVi4p"
    "KScVjpdkTNsRvjFy2F3BuIXBzYqSLwZnr2MNPN2KLzKpqOMcnySDnfVcSJHMby0kQ8JTte"
    "FYEsrJvEu1vbtxgk7MWp7ljMwxeBscFIBMfETVelFEnRnLilooNxAVk/jRjzhFQRumZF6J"
    "qXxfA85kUj8xgSpwRdlJXBmL+RHmNpMvCN3UJXkdK6kdJk/PMW3/S7g/6FNvzIC1PLeCOG"
    "VqbFVzp8l8Ov4ncqSrp7lClirdRM/EnzqvOPTYugJdYnyberomuZW2l7H7RddaM8zXcIl7"
    "A8d+5qZqynyuDKrECNryaPrxqnyBtyenxbg2rL1yjWufhCXXiRb9htetGFuuBi36Ykfv8i"
    "clzdcSGtez9UXh1K803WfCJEX1XlErPSdZN1bRMy071FFcMjzvJyr61JTpWxfaWyrlGC6f"
    "D8omdJH/Zoxv26+XsQAfkhgLvr7YevdlK1Ybgf+EHVhqG9616+2jWqd4BR4la2TpNtnVhm"
    "WNmQQDyZTF0Ok3FZXxJdGdoLQpE1wR/QUtqwzkmTDarZT0iltE9WTOHDKp0o3qHYu7M3Rq"
    "6/pnauu53znp9/tPsztiLZtveIDC8vhzRF0S5KI/V3SFFIXPoILiUP/JJBfkWKjcwJomfi"
    "f+K5Bpkj/ohnhxKDZwgjnj7GSiAQrWWdqt20usz00vjub2oXK51lqlLJmpRK1sANy4ZOYg"
    "ex2PuzT01tS8xK2Y1WdjClZ7uq67PlYuxNzlVs9T71ujfiI0hhB73F1x+0qyuRLzcT9+Y0"
    "8/wvRdDJ+jxcUXgs5DgEx3YHsbG55TjiA0NeVqJubjQ3zaa2ktPR3a/mNjasD29nI7lO8u"
    "WWMi73aAWu74avzktt6IdXPofZUHTXeuTxztUklzylgAyXXFZRvktOQ1o9OqRbxiUXxzLF"
    "JwISF5nCCUMUoHtEl+Afhi2i99D+B5hw6YBXXDevHZfQ5fHc/CbLM99SrZveZBWdkhApc3"
    "WOKwaXXOlRVXUuoNqCBOWb3qSlJG9um9LRQ/+Tn/JRPkKtiYWhrYcr5noREiwFb62iL02K"
    "vqirttRVW+vw3tJnha86N9f+5Vis1zB/uDv4eHXZE24zvyCRL+8N8Yp9kPXqzrHEeHg+8v"
    "a32kODooJzHGfZnWP8nBhvO80amigzSbDcLBNj3+E0M7YekVl1lrnQPomgGue9xZ2LUW+o"
    "+/E4bdBnk8+Y9ZRoy6sZ80uOpVf5LIna/NizeLgNmTW90Q5Idg0qv6XJWl/NPpWDwBmcKg"
    "6cXuv4ZJ3MaSgbYpcYa4HbsJGzdVNCXbD5EiYpdcHmi1CzFNiTlJ0fcsviVdtohbs+UlB0"
    "N1mYzYR27ZZPVgdLbP0wQWIfbFh3R2yRUVDl6lM5xXI/J7Dd3n069L+mXvABwRRFu3ifzP"
    "82e9XPBwKXzBAO003Da+eOHP/DLKLO8HPZwT1Nzut0WznfEdxm1eqDgvt4EZ/6oOBXDx6r"
    "DwqqDwrupzr2zXNQHxQ8WDVLDszXyazqIGoZ0yxLMXhSaCHCiGadXZiv2A3ssCxfOn8DM8"
    "t5zgg3BpbTrq2tHQcb8+2oe2YjW9X24GMsB7Gk7yAlhQ+qCggH5AeI7rcnZTwDRpWLrnhW"
    "8pLuX68H/ZzIee4l3aZluOB/zPvZ59O4WeByMIrN07Qlmlr8eAXvsqJxu1zMnv4PI7/wyw"
    "=="
)
