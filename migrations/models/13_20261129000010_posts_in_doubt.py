"""Posts of which a publication is in doubt are UNCONFIRMED; those that are stored were FAILED or PARTIALLY_PUBLISHED."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import backfill

RUN_IN_TRANSACTION = False

# `updated_at` stays as it is: nothing has happened to the posts. The subquery is one that PostgreSQL cannot make a join
# of: each post that failed is looked up in the index of its publications, whatever the statistics say. As a join, in a
# database that has none, such as one that was just restored, a single batch held its locks for 34 s.
# 1,000,000 posts are 500 batches: PostgreSQL works for 0.6 s if no post is in doubt, 3.3 s if 100,000 are, 16 s if all.
UPDATE = """
UPDATE "posts" SET "status" = 'unconfirmed'
WHERE {batch} AND "posts"."status" IN ('failed', 'partially_published') AND (
    SELECT count(*) FROM "publications"
    WHERE "publications"."post_id" = "posts"."id" AND "publications"."status" = 'unconfirmed'
) > 0
"""

DOWN = """
UPDATE "posts" SET "status" = CASE WHEN EXISTS (
    SELECT 1 FROM "publications" WHERE "publications"."post_id" = "posts"."id" AND "publications"."status" = 'published'
) THEN 'partially_published' ELSE 'failed' END
WHERE "posts"."status" = 'unconfirmed'
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    await backfill(db, "posts", UPDATE)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXe1z4jYT/1c0fMndDM2l6fXaydOnMxwhPXo5SAlpr206rrAFeDASJ9tJmHvyvz+SbO"
    "MX2cY2hBiiTwnyrrT+rV52Vyv5a2NODGTZx22CMdIdZLR0nbjYaZyBrw0M54j9k0nTBA24"
    "WIQUvMCBI0sw6QG1Bj1y8RiObIdCndc/hpaNWJGBbJ2aC8ckmPO1gGsjemQDnw0QDCBYWN"
    "AZEzpvgnvTmQLTsQHCOl0uWAPAITOE7f8AGyGwQBRhbELrOGj2mLdrEJ01bOLJ0zRxi29x"
    "CximvXrrVd0zhBa2qI2Se69u4jp+hU0wQjpk0oCFO7JMHXIUbMCBZyxCchebX1ykOWSCnC"
    "miTP6//27oFqIzjb+FZhqcKhBeYOy1zJ/88w/7bWIDPSCbc35tjE1kGeL/nEo4F3pYUGTb"
    "XB5OzYuC/iCrViMYCe0vF4KiISpgmuY/wB8fOoMOsB3ouDb46WdwFAXqqPHYBDG5ou+CWS"
    "2a4aIKIo2W2hRBI1Msqd0N2oq+UEEc/lsGBo9H1Mz7jcakM5l4GnQqCOsQjSK/vLiwKxbG"
    "/MVlrRtHoD8Ar0IKNqzNO3QEWr3zcOQw6jGTbaoJwUH3GvRuLi9fNx65kIuZJl44Ntt4fV"
    "GUa4FoNzfd8wtBycfySNOJ5c5xSL1YslGFV+SuaxrHnIc/myCMKOSKCecc7FqWP1EFRd44"
    "YwUOddFq1BhhgYHG0LX4zNX4aexinQ/VyFygE4qOTcM+xuiejaeffUkjXJrW6w+1685Q0x"
    "rSvMclSsxTfhGDnc+ZJp9BGU6PXr0hPqK0wRtof2gNXn337rVAhNjOhIqHAr3Go2CEDtTC"
    "PhaCLs0FcfzbU0jT8ZcnkbgqmOhVlBAUhFoIl4sA0ACyJwC5MYcPmoXwxJmyn6fff5+D+u"
    "+tgQCeUQnkCVvfvCWw5z869Z49ihEeIB4d3jLYHezOBeBdJhfEOpKAj/LXGfPG5zPwcIsv"
    "u72PnfNu7wxYJp4hw8TJZbmQJk6KKOIkWw8nSTVEFssSvT7OVWf469TlpxAbFiqDc8hRCW"
    "N/5n5BEIfrLuuizCTwll0Z8iFb6NMhz67hILp5DuTDzuchr3lu21+sKNKvPrU+CyXMl/6T"
    "y37vl4A8opn2Zf99pkJihlA1jUhVHMKo2LVGPM9Lu0OUG8yyIro4Qw8yYwJ+0/OJn2JEnC"
    "TBP9lgGprwVr85/fbtD29//O7d2x8ZiZBsVfJDjk66vWEaoFGXRIL0nKHhmHOUg2uCP4Gs"
    "4VdwHPxzWN28+6lzPWx9uor19fPWsMOfnMb6eVD66l1iWVhVAv7oDj8A/hP81e91ks7Aim"
    "74F3c5G9Bl/iAm9xo0opgExUFRTOOhO1rFcg25d7eiNDzntKRT1mi1h93fO2fA477Fg067"
    "3+t12kNt0PntpjvonJ8B2TG+xefda5+QUySjA89v9Y4sojMjXGM2rGmVHa8SsxqsdR6sgb"
    "p0YpSyvZN8h2BrxMfVu7cFxtW7t5njij9KH1dzZjjDSQrc2VZeCushIL5r646ZyK7NYAzm"
    "nTITW5JXzWt1ntdW4fqSWo7yKQ3XWcPh3kWV0Sxzb0Hb+xTO2Dd1+/51FV0nWNWwrrOegy"
    "iWbkFznhp4z97uS+PdYPNvf7S8dm9PxtdC0EYbxGXy6lEjbB9GGHQcNF84KZGazCBnGuvL"
    "DXPyJIXxLLJjzgtGUJ/dQ2po0hNySrJo5Ufz03myBGLm+Rn+G3Hh/MyrrsF0QRyE9eVHtG"
    "yk5GYlKJp5mVlmSKvN0LJwXhajBc4UOgACHVoWomAC7xD7NXcdkbjUBBAbjAQB0wBkDO45"
    "sekAnSLeT5LZUxE50nK0nrq5YolVTIo1WVReawVScZK48wylYK7MyFBSSTIqSaa2vscOtr"
    "Nn3lxWFGefXKFbDN0xax/RBfUX9KIoJ9gOEO3tB4bZJMPkLe3sRJi2OXvX19Qu4eZEFt6S"
    "jk2cU0WFaufL1MTsvvJTLN+z/jITFqJkdydJcg3vIGVTG3nUBS3vHnGmTNvAtL1TAvYUGf"
    "zIArd8gyp9Y9d7zIjfBE0cL1KM663UmGI/J+zkTOu1frmv6+3ZA8l8zbZuEaWElt4ljnMp"
    "W6CALeBBVmGLWGI8CLh3nv/HZFxU3FNK8irboXa2Q+yMBSUjVEnRcU6l5lqr2SYW0vIOcm"
    "S7WCmsajupNnHvKyZZqtXNy/NNbUZROLDtsBUXMHsSIKhPVwbwMeg6dnAAckwsi9x753ij"
    "R3WPvCA0M6R5Guh84fKjvy5TNwUQ8Iwuz6w2xenftCj3Ttteb7LnHxDmJ4qbuTFugTsPbH"
    "OunMB24qxr4JEzRiYgE7FES4KhRFOxlyrUCBlr5B7nvI9/WDblLYIDryqUr0L5NbYGdhBs"
    "3sMzAwaFY6dkv26cD1oXwzMgeG/xdftD5/zmkp8CsPUpMlyLHw+4unl/2b3+0O39chaJsK"
    "zKOfUqLsNKW4Nht3V5+acWfQ6pw4ahtdQilBetrmhqDE3Rzk2v3e9ddAefeCEbwgSPTTqv"
    "yyEE3SKYzZZjSspmAcmcymhLD45HF9QyAKezK5TVFsQL9C/dhVFRzXFOpebaqbmEoxsJK0"
    "WcMLlHvPe5Lz4OkCWIUnQfOLJhTfur/LDUn+djg0esHxvCNEC6S7kovwW+3l6uNjJQTxo8"
    "ifSttBhKvOvlhFISvX19RKWPEeCDk8cfCA63FM9EtKMJ+FzXFNEN9sdLcpBDI1UrSU3r4x"
    "VJl5zlhT7EISE/B9YLA6+LFERQ0lam/rqIQXh51opFvghMusLLfxNZxmahEE1UUjIOKt2O"
    "qBl2Y/Qqs4B7A5HzQz5lBN5MzwmXqpg0ESZZHinXvow4oStZXJqQp2DHKyOQiTWDuKO1fY"
    "tBwl6carbJfH8RMusPRdhM3CVXSJEUzYlTKG4YFZD105AxS0gVu6tX7K5+2SNPY17UMn8k"
    "djrTQWmZo9kJDBGWOgNf29QFFUOtGkPds8hohsVXOHyXwa/idypKunuUKWKtVL6SI86rzp"
    "3WLYIWW58k366MrmVupe190HbZLfQk3yFcc/TUOcOpsZ4ygyu1AjW+6jy+Kpzer8mp/W0N"
    "qi1fVFrlwhF10Ui2YbfpBSPqYpF9m5L4DafIdjTbgbTqvVxZdSjN11nzsRB9WZVLzErXdd"
    "a1RchMcxdlDI8oy8u9Lig+VUb2lYq6RjGmw/OLniSx2KUpN1hn70H45IcA7q63H57thHDN"
    "cD/wA8I1Q3vXvXy1a1Tt4KjErWydOts6kcywoiGBaDKZupQn5bBoHF0Z2gtCkTnBH9FS2r"
    "DOSJP1q9lPSKW0T1ZM4f0qnSjaodi7szdGjremtq7brfOOl3+0+9O3Itm284B0NyuHNEHR"
    "zEsj9XZIUUBc+HAuJff8ckd+NY2FjAmiZ+J/4jo6mSP+iGeHEp1nCCOePsZKIBCtpZ233b"
    "S61PTS6O5vYhcrmWWqUsnqlEpWww3Lmk5iB7HYe7NPRW1LzErZtVa2P6Wnu6rrs+Ui7HXO"
    "VWx0PnfaN+IzY0EHvcXXH7tXVyJfbibuK0rmvyXXxefJcqMI2mkfYMwLjwUch+DY7iA2Nj"
    "dtW3zCy01L1M2M5ibZ1FZyMrr7bG5jzfrwdjaSqyRfbinjco9W4Opu+Oq81IZ+eOlzmDVF"
    "d61HHu1cdXLJEwpIccllFWW75DSg1cJDukVccnEsU3yaIXaBLJwwRAG6Q3QJ/mXYInoHrX"
    "+BAZc2eMV188Z2CF0ez43XaZ75lmrd9I6r8JSESJmrclzRv/5KC6uqcjXVFiQo3vQmLcV5"
    "M9uUjh56H9WVj/IRak5MDC0tWDHXixBjyXlrFX2pU/RFXcKlLuFah/eWPtx91bq59q7N4l"
    "94vcXt/qery45wm/nViXx5r4lX7IGslXeOJcbD85G3v9UeGBQlnOMoy+4c46fEeNtp1tBA"
    "qUmCxWaZCPsOp5mx+YCMsrPMRfezCKpx3lvcuhh2BpoXj+v2e2zyGbOeEm551WN+ybD0Sp"
    "8lUZsfexYPtyCzpjfaAUmvQeW31Fnrq9mndBA4hVPFgZNrHZ+s4zkNRUPsEmMlcGs2crZu"
    "SqgLNl/CJKUu2HwRapYCe5Kys0NuabxqGy1310cKiu4mC7Oe0K7d8knrYLGtHyZI5FMO6+"
    "6IzTMKylx9KqdY7ucEttu7TwfeV+xzPtyYoGjm75MJ2tKfbQQOmSEcpJsG184d2d4nW0Sd"
    "wWfK/Xua7DfJtjK+37jNqtWHHPfxIj71IcdnDx6rDzmqDznupzr2zXNQH3J8EWpWH3J8cv"
    "fwefLWWoia+jTNDvef5NrfMKRZZ3VnQ7qBlZvWE7O3h9P6Xkow1+9iu7ZldxzKzbZS75gH"
    "YpbLcIiwHITBtIOEHz6oSiDskx8gut+eFPG7GFUmuuJZwSvQf73u9zL2JTKvQDdM3QH/Y7"
    "7lPp91TgOXg5Fv/Cft/MRaxit4/9yL2eP/AQIQeV4="
)
