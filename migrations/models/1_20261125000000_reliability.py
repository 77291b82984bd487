"""Unconfirmed publications and the attempts to look them up, versions of tokens, and platform breakers."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TIME = {"sqlite": "TIMESTAMP", "postgres": "TIMESTAMPTZ"}

UP = """
CREATE TABLE IF NOT EXISTS "platform_breakers" (
    "platform" VARCHAR(20) NOT NULL PRIMARY KEY,
    "error_code" VARCHAR(64) NOT NULL,
    "error_message" TEXT NOT NULL,
    "tripped_time" {time} NOT NULL,
    "probe_time" {time} NOT NULL
);
ALTER TABLE "publications" ADD "look_ups" INT NOT NULL DEFAULT 0;
ALTER TABLE "publications" ADD "unclear_since" {time};
UPDATE "publications" SET "next_attempt_time" = "request_started_time" WHERE "status" = 'unconfirmed' AND "platform" = 'x';
CREATE INDEX IF NOT EXISTS "publications_by_remote_id" ON "publications" ("remote_id");
ALTER TABLE "connected_accounts" ADD "tokens_version" INT NOT NULL DEFAULT 0;
ALTER TABLE "connected_accounts" ADD "refresh_attempts" INT NOT NULL DEFAULT 0;
"""

DOWN = """
DROP INDEX IF EXISTS "publications_by_remote_id";
ALTER TABLE "publications" DROP COLUMN "unclear_since";
ALTER TABLE "publications" DROP COLUMN "look_ups";
ALTER TABLE "connected_accounts" DROP COLUMN "refresh_attempts";
ALTER TABLE "connected_accounts" DROP COLUMN "tokens_version";
DROP TABLE IF EXISTS "platform_breakers";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP.format(time=TIME[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXWtz6jYa/isavpyzM9lMmqZpJ9vdGUKchh4CKSFttk3HFbYAb4zsI8tJmLPnv1eSbX"
    "yRDTYQIoi/JCDrleTn1eW9ii+NqWMi2ztsORgjgyKzaRiOj2njDHxpYDhF7ENhnQPQgK4b"
    "1+AFFA5tQWREtXUYVBeP4dCjBBq8/RG0PcSKTOQZxHKp5WBO1wS+h8gHD4QNsGJAHQCBa0"
    "M6csj0EAwmiBU9IuwBSBBA2CAzl/X0L+AhBKLuDt3ZIe/SdAzWp4XHr9K6j63PPtKpM0Z0"
    "ggjr448/GoaNyKPOe9Itk9eKWm/8+Sf7ZmETvSCP1+Vf3Ud9ZCHbTGEe0Ilync5cUXZ317"
    "64FDX5aw11w7H9KY5ruzM6cfC8uu9b5iGn4c/GCCMC2WskkMe+bYfsioqC12EFlPhoPlQz"
    "LjDRCPo251/jx5GPAwRdRBDGFrQPw6mC0TN78/+E40zQ6Hq3N9BvtYGuNyTe8/FkGBYWMW"
    "7xeWPxWcRQ+hq0G6MjShu8g9ZVs//x29N/CDwcj46JeCiwa3wVhJDCgFRwIIZc4loa/dYE"
    "knz0ZXanGcGGvgoLooKYB/GSiQCNIHsFkBtT+KLbCI/phH09/u67Baj/2uwL4FktgbzD1n"
    "iwDXTDR8fBM86BGPH5ssgFW8P+VADeZuOC2EAS8El6lTFv3J+BlwfcaXc/aRft7hmwLfyI"
    "TAtn96dSnDgqw4ijYj4cZdkQ7mkVZ32aSmX4VZryE4hNG1XBOaZYCeNw335HEM9PbC55IM"
    "/TxWkuQz5ALzQf8uIW9mKaL4B8oN0PeMtTz/tsJ5H+eN28F0yYzsInnV73p6h6gjOtTu+8"
    "kCEEjdh5PFmHI1IT+7Aqts2RQL7VnxDx+EglRrRxAR9kwgz8VqAXvMaKOMqCf7TGNjTmvf"
    "7z+JuT709++Pb05AdWRYxsXvL9Ap60u4M8QHX04lpscuqQypBeMDSoNUULcM3QZ5A1wwYO"
    "ow/7Nc3b19rtoHl9k5rrF82Bxp8cp+Z5VPrxNHMszBsBv7UHV4B/Bb/3ulpWGZjXG/ze4G"
    "OCPnV07Dzr0ExiEhVHRSmOM5GU+t6qkmtMvb0ThUls1HqKxlJadm22Bu1ftTMQUD/gvtbq"
    "dbtaa6D3tV/u2n3t4gwQFOrTbHv+7LM5bKoh2Q5tx2CCts7kVMuuuiYl4npBqrwgY4NTxI"
    "sqzJapN8DtXRL8do3dkRxo2NCa5qquxeayPNo1jGe7s6iXWsdkfG0EPbSGZLOonXpD3YUV"
    "BilFU5fmyDqFakIe6ftVFLiRf/SYsDnzgiE0Hp8hMXXpiXPsFNWVH02Pp9kSiOFYIMPfiA"
    "8uNMrfhNbSc4Lgo3BVSC6ebJWDRR6eyPqqD4PapR08ESGgE0iBh8gT8gB2ho45A//zPco+"
    "P7OVPUEEAcsDEBDnGUAP2A4e8/8W5cWMb64buWWiIRQ4fbbQY44jqKyvRz0z+HLvz54YwY"
    "u9QYgQhzCQzUrG2jTVXlgL08CfnpQA/vSkEHj+KGMdFJBNkeexbauSTTBLuBdwb90UGGxq"
    "KylNWdpaZVJaoHOJM0QrMTpNWbNZOTarImKyV8mVK3n5YmGS1SgtQFJ2JgAm8QAEjUkidK"
    "dNPRBYVtlT23aeueTmAdcf2pYBOb13IGyVU9dnUxM8W3TCpD4m2nF5LzD35YmPr97fcuHx"
    "SyNmgRxwwv7y+ky7ZvOIe2bmrJqvfY6vPpwJKoF8uHobgo5BLr6I/SLZE5NyuVGMEbIBsi"
    "FW6EkQLOiqjn2qY58UPQ62EKWwg/4jk8ARreo+uug3LwdnQNA+4NvWlXZx1+E+I8+YINO3"
    "kfmAb+7OO+3bq3b3p7Ng8/QmjDvzcl47LBa1m/1Bu9np/FdPPoeEskVoz/REzctmW3Q1gp"
    "atikvKsB3MNtQRcaparWXK2madwTbntKoCcD55jXI+ytV9AWnKWo1QTo1Istl3zRXZnKas"
    "2awcmytoiwnrQUKrkWfEeUh9+amPbFEph/eRNhi3tLvMj0vDfT61eMT5sSZMfWT4hA/ll0"
    "iR2snTRgbqVS0QibmVZ4hIT70F9ojMbF9uluhhBPjiBEwpdPjn0ExwJswHB4DvdQfCXIC4"
    "UcBjWMu2hlUbyU1D4g0tS0BKafuY9RH5bANr3zJdP4GSPhfoC3V+8NuV1tcik8m/wYc5yQ"
    "fJ8rDeWJh27uCRRaZVRpMgkscjxS9UGU6s1JQfTUwjD4agqUNLGWOSo2BybUxYNI7aLqOS"
    "XUY91/C7zJBi3VGEcwThYu9kgkRl4JX1S9b2sVXtY2mr1wO+67Z63ct2/5oXZg7Gt19a89"
    "dcyTEpU9cxhappm3ncrupmyNLtQ9LXawfWyBJ0xcWV20C9vlReXyvE6ioSo7upRbXhxL5V"
    "0gvqtIJi58G66QR1GsGubUk8IxB5VGciOVk1O6uojZrzKnOe6RpsuRLds0IVrZITKUtc81"
    "plXtuO86j7bhXBI0nyfpOD0ltlwjpbVjVKEe2fXvQqwVc+yckGL7blhdX3Adyt3/3yVmk0"
    "iuG+51k0iqG97Vk+t76ull0hUdeyjsqyTsKvXtYkkHTFb9Ajqi5Tl5gEpAikNLoytJcOQd"
    "YYf0IzyfFTEGQUNrObkEpBM6yYwOe5Uz45odi7szdGNDhTm7et5oUWePG3nwAkQpW0F2T4"
    "RRE4mRoHi4JwgihcFFUuGYjDL/C1kTlG5Aw883zvITLYGIAzEiE1jsHDqhCbPLwEAtGJHI"
    "mzciu5oTjJeOKMz6q+EvitrZPF4RcKOicV3bD24mAPdpoVuS0R18xWmtmOTw0nj83lIkwS"
    "5CrH9zS0e611N+ChH9EEfcC3n9o3NyLG5FEk8KuZKUUQ9PIuJ11kCoso9kGJ3YIdbGp5Ht"
    "ux5j/nUNJymyWr3cZZS+6bqYiKzeHNOI1XSebbUAbfDp3Aq6vc80z9NXXuyhkriqK7VPtO"
    "Ti6V1O8MA3LUb5lFxeo3ierqcTpTqfvdeAKLuGmNS0ge4O8G0BMiM/AXwxSRJ2j/BUw48w"
    "74nWtgxM4Rk3UDPOqQ2QcPiBHk3uO2uZbXvXIjjjAWYXKyrrc8OSO8jUOPmyp5KUd2LOuO"
    "oHzX6/SUpi3sU0qECS6elpNgHGKNLQxtPTo5lw8hRbLgrWsbjDo2mPpqkvpqkqWpF5u52v"
    "6meXcbXCbCZg3Tilu965uOJpRnfocTP+QV0Y0DkPXqKrJEuH+a8uad65FoUUFFTpJsTz1+"
    "TYw3HVgNTZQbFlhul0mQb3GbGVkvyKy6y1y274VpjdM+4OblQOvrgVWu3euyzWfEZkrs5F"
    "JjfymQ8ypnj9QukB2zituQydJr+UHyW6gjWlTm+nz3qWwKzqGsrcHZs45v1ukohrKGdolw"
    "JXAVWzkbFyXqC8newyZVX0j2LtgsmfUkZhcb3PJoa2faQt+PZBLdTtylmtAudfzkTbCUA4"
    "gNBHTvOp1FHqAcuWvNq+LkoMrd3MC2e1dcExHLmDRyvGThk4NF3jEY11nmEyuGYY1fDcrb"
    "GYvNUXlbYY7wGM759VwQyouOxc6Gwl9ELraoFv8Wcu1gKHAw8EVVAeGw+h6i+81RGcsdq1"
    "WIrnhW8rKyn2973QI9qPCyMtMyKPg/sK1dzqbIA5eDkRKJpTywbMpXRrTiDZy/9a/7ff0b"
    "iDBsNg=="
)
