"""A column that tells what a person confirmed from what the platform gave a receipt for."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TYPES = {"sqlite": "TIMESTAMP", "postgres": "TIMESTAMPTZ"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return f'ALTER TABLE "publications" ADD "confirmed_time" {TYPES[db.capabilities.dialect]}'


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'ALTER TABLE "publications" DROP COLUMN "confirmed_time"'


MODELS_STATE = (
    "eJztXe1z4jYT/1c0fMndDM2l6fXaydOnMxwhPXo5SAlpr206rrAFeDASJ9tJmHvyvz+SbO"
    "MX2cY2hBiiTwmyVlr/Vi+7q135a2NODGTZx22CMdIdZLR0nbjYaZyBrw0M54j9k1mnCRpw"
    "sQhr8AIHjixBpAe1NehVF4/hyHYo1Hn7Y2jZiBUZyNapuXBMgjldC7g2okc28MkAwQCChQ"
    "WdMaHzJrg3nSkwHRsgrNPlgnUAHDJD2P4PsBECC0QRxia0joNuj3m/BtFZxyaePE0Xt/gW"
    "t4Bh2qu3XrU9Q2hhi9YouffaJq7jN9gEI6RDxg1YuCPL1CFHwQYceEYiOHex+cVFmkMmyJ"
    "kiyvj/+++GbiE60/hbaKbBawXMC4y9nvmTf/5hv01soAdkc8qvjbGJLEP8n9MIp0IPC4ps"
    "m/PDa/OiYDzIotUIRkL6y4Wo0RANMEnzH+CPD51BB9gOdFwb/PQzOIoCddR4bIIYX9F3wa"
    "wVzXBRBZZGS22KoJHJltTvBn1FX6ggDv8tA4NHI1rm40Zj3JmMPQ06FZh1iEaRX16c2RUJ"
    "I/7ist6NI9AfgFdhDTatzTt0BFq983DmsNpjxttUE4yD7jXo3Vxevm48ciYXM028cGy18c"
    "aiKNcC1m5uuucXoiafyyNNJ5Y7x2HtxZLNKryq7rqmccxp+LMJwohCLphwzcGuZfkLVVDk"
    "zTNW4FAXrWaNERYYaAxdi69cjZ/GLtb5VI2sBTqh6Ng07GOM7tl8+tnnNEKlab3+ULvuDD"
    "WtIa17nKPEOuUXMdj5mmnyFZTh9Oi1G+IjShu8g/aH1uDVd+9eC0SI7UyoeCjQazwKQuhA"
    "LRxjIejSWhDHvz2FNB1/eRGJi4KxXkUIQUEohXC7CAANIHsCkBtz+KBZCE+cKft5+v33Oa"
    "j/3hoI4FktgTxh+5u3Bfb8R6fes0cxwwPEo9NbBruD3bkAvMv4glhHEvBR+jpj3vh8Bh5u"
    "8WW397Fz3u2dAcvEM2SYOLktF5LESRFBnGTL4SQphshmWWLUx6nqDH+dhvwUYsNCZXAOKS"
    "ph7K/cLwjicN9lQ5SpBN62K0M+ZBt9OuTZLRzEMM+BfNj5POQtz237ixVF+tWn1mchhPnS"
    "f3LZ7/0SVI9Ipn3Zf58pkJgiVE0iUhOHMCt2LRHP8tLuEOUKsyyILs6Qg0yYgN/0bOKnmB"
    "EnSfBPNliGJrzXb06/ffvD2x+/e/f2R1ZFcLYq+SFHJt3eMA3QqEkiQXrO0HDMOcrBNUGf"
    "QNbwGzgO/jmsYd791Lketj5dxcb6eWvY4U9OY+M8KH31LrEtrBoBf3SHHwD/Cf7q9zpJY2"
    "BVb/gXNzkb0GX2ICb3GjSimATFQVFM4qE5WkVzDal3t6M0POO0pFHWaLWH3d87Z8CjvsWD"
    "Trvf63XaQ23Q+e2mO+icnwHZML7F591rvyKvkfQOPL/WO7KIzpRwjemwplV2vkrEarLWeb"
    "IG4tKJUUr3TtIdgq4Rn1fv3haYV+/eZs4r/ih9Xs2Z4gwnKXBna3kppIeA+K61O6YiuzaD"
    "MVh3yixsSVq1rtV5XVu560tKOUqnJFxnCYdnF1Vms0y9BWnvkztj38Tt29dVZJ0gVdO6zn"
    "IOvFi6Bc15quM9+7gvjXaDw7/9kfLasz0ZXwtBG23gl8lrR82wfZhh0HHQfOGkeGoynZxp"
    "pC/XzcmDFMazyIk5LxhBfXYPqaFJT8gpyaorP5qfzpMlEDPLz/DfiDPnR151DSYL4iCsLz"
    "+iZSMlNitRo5kXmWWGdbUZWhaOy2J1gTOFDoBAh5aFKJjAO8R+zV1HBC41AcQGq4KAaQAy"
    "Bve8sukAnSI+TpLRUxE+0mK0nrq7YoFVjIs1UVRebwVCcZK48wilYK3MiFBSQTIqSKa2ts"
    "cOjrNn3lpWFGe/ukK3GLpj1j+iC+pv6EVRTpAdINrbdwyzRYbxW9rYiRBtc/Wur6pdwsyJ"
    "bLwlDZs4pfIK1c6WqYnafeWHWL5n42UmNERJ705WyVW8g5BNbeTVLqh594gzZdIGpu1lCd"
    "hTZPCUBa75Bk36yq73mFV+E3RxvEhRrrfSYor+nNCTM7XX+sW+rtdnDyTyNVu7RZQSWvqU"
    "OE6ldIECuoAHWYUjYonwIODeefwf43FR8UwpSat0h9rpDrEcC0pGqJKg45RKzLUWs00spO"
    "UlcmSbWCmk6jipNn7vK8ZZqtbNy/NVbVajsGPbYTsuYPokQFCfrhTgY9B17CABckwsi9x7"
    "ebzRVN0jzwnNFGkeBjpfuDz112XipgACHtHlqdWmyP5N83LvtO/1Knt+gjDPKG7m+rgF7t"
    "yxzalyHNuJXNfAImeEjEHGYomeBEGJrmIvVagTMtbIPc55Hz9ZNuUtgoRX5cpXrvwaawM7"
    "cDbvYc6AQeHYKTmuG+eD1sXwDAjaW3zd/tA5v7nkWQC2PkWGa/H0gKub95fd6w/d3i9nEQ"
    "/LqpzXXvllWGlrMOy2Li//1KLPIXXYNLSWWqTmRasruhpDU/Rz02v3exfdwSdeyKYwwWOT"
    "zuuShKBbBLPVckxJ2SggmVIpbenO8eiGWgbgdHKFsjqCeIH2pbswKoo5TqnEXDsxlzB0I2"
    "6liBEmj4j3PvXFxwGyRKUU2QeGbNjS/go/LPXX+djkEfvHhjANkO5Szspvga23l7uNDNST"
    "Ok8iYyvNhxIfejmulMRoX+9R6WME+OTk/geCwyPFM+HtaAK+1jWFd4P98YIcZNdI1UZSw/"
    "p4Q9IlZ3muD5Ek5MfAem7gdZ6CCEraStVf5zEIL89akcgXgUlXePlvIvPYLOSiiXJKxkGj"
    "22E1Q2+MXmUWUG/Acr7LpwzDm8k5YVIV4yZCJPMjxdqXYSc0JYtzE9IUHHhlGDKxZhB3tH"
    "ZsMUjYi1PNNpntL1xm/aFwm4m75AoJkqI5cQr5DaMMsnEaEmYxqXx39fLd1S965GnUi1rG"
    "j8SyMx2UFjmaHcAQIakz8LUNXVA+1Ko+1D3zjGZofIXddxn0yn+nvKS7R5ki1kvlKznitC"
    "rvtG4etNj+JNl2ZWQtUytp74O0yx6hJ+kO4Zqjp44ZTvX1lJlcqQ2o+VXn+VUhe78mWfvb"
    "mlRbvqi0yoUj6qKRbMVu0wtG1MUi+7Yk8RtOke1otgNp1Xu5stpQkq+z5GMu+rIil4iVrO"
    "ssa4uQmeYuyigeUZKXe11QfKmMnCsVNY1iRIdnFz1JYLFLU26wzj6D8KsfAri7Pn54tgzh"
    "muF+4AnCNUN716N8dWpULXFUola6Tp11ndXJX9U7hhPUStp1lnYkDrCoAygaOqiuYEpJDY"
    "6jK0N7QSgyJ/gjWkrhCRlB0X4z+wmpFOTLiim8XwWPRQcUe3f2xsjxNKjWdbt13vGizXaf"
    "ay1CqzsPSHezIoYTNZp5QcPeeTgKKhdOxabknl/lyS8ispAxQfRM/E9cRydzxB/xWGCi83"
    "hwxIMFWQkEore07OpNm0sNJo6e9SfOLJMxxSpwsE6BgzU8nq7pInYQm723+lSUtkSshF1r"
    "YftLerpjYn1sZIS8zpGpjc7nTvtGfFQuGKC3+Ppj9+pKREfOxO1UyWjH5L74PDGNFEE77X"
    "Obec7QgOIQ3Bg78ITOTdsWH2xz08KyM333STIVOJD05T+b2VizMbydsIEqobZbiq/dox24"
    "uhm+yo7b0A4vnXVbU3TXWuTRwVUnkzwhgBSTXBZRtklOg7pamJJdxCQXSbjiQxyx64LhhC"
    "EK0B2iS/AvwxbRO2j9Cwy4tMErLps3tkPo8nhuvE6zzLfU6qY3moU5MSJAskpyqn/ZmRY2"
    "lZFFmHsR2RY4KN71Jj3FaTP7lBJNvU8oy4mbhJoTE0NLC3bM9SzESHLeWnlf6uR9UVeuqS"
    "vX1uG9pc+0X7Vurr1L0vj3fG9xu//p6rIjzGZ+USbf3mtiFXsga+WNY4nw8Gzk7QdWBApF"
    "CeM4SrI7w/gpMd52UD00UGpIaLFVJkK+w2VmbD4go+wqc9H9LJxqnPYWty6GnYHm+eO6/R"
    "5bfMZspIRHXvVYXzI0vdKZQ+rwY8/84RZk2vRGJyDpLaj4ljpLfbX6lHYCp1AqP3Byr+OL"
    "dTymoaiLXSKsBG7NZs7WVQl1nepLWKTUdaovQsySY08SdrbLLY1WHaPlnvpITtHdRGHWE9"
    "q1Rz5pAyx29MMYiXy4Y92NwHlKQZmLbuUQy/1cwHZ70+0Ajdk0meZ8pjNRo5l/Tibqlv5I"
    "J3DIDOEg3DS4ZPDI9j7QI9oMPkrv38plv0n2lfG1zm02rT7buY/XLqrPdj6781h9tlN9tn"
    "M/xbFvloP6bOeLELP6bOeTm4fPE7fWQtTUp2l6uP8kV/+GYZ11Wnc2pBtouWkjMft4OG3s"
    "pThz/SG2a112x67cbC31jlkgZrkIhwjJQShMOwj44ZOqBMJ+9QNE99uTInYXq5WJrnhW8M"
    "L7X6/7vYxzicwL7w1Td8D/mG25z7nOaeByMPKV/6Sen9jLeAPvn3sze/w/tfsXhA=="
)
