"""Idempotency keys, with which callers repeat a request that creates something."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TYPES = {
    "sqlite": {"uuid": "CHAR(36)", "time": "TIMESTAMP"},
    "postgres": {"uuid": "UUID", "time": "TIMESTAMPTZ"},
}

UP = """
CREATE TABLE IF NOT EXISTS "idempotency_keys" (
    "id" {uuid} NOT NULL PRIMARY KEY,
    "clerk_user_id" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "result_id" {uuid} NOT NULL,
    "created_at" {time} NOT NULL,
    CONSTRAINT "uid_idempotency_clerk_u_5a8122" UNIQUE ("clerk_user_id", "key")
);
CREATE INDEX IF NOT EXISTS "idempotency_keys_by_time" ON "idempotency_keys" ("created_at");
"""

DOWN = """
DROP TABLE IF EXISTS "idempotency_keys";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP.format(**TYPES[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXf9z4jYW/1c0/LJ7M7lMmm63nVzvZlhCujRZkhLS7rXpuMIW4MPIrCwnYfb2f++TbO"
    "MvssEGwgriHzYLsp4kf5709L5JfG5MXYs43nHLpZSYnFhN03R9yhtn6HOD4imBD4V1jlAD"
    "z2ZxDVHA8cCRRGZU28BBdfkYDzzOsCnaH2LHI1BkEc9k9ozbLhV0TeR7hL3yUNgAFCPuIo"
    "xmDuZDl02PUX9MoGhCqIcwI4hQk81n0NO/kEcI/MOOTUfHs/mx6NFyTegSCp6jcZ/an3xi"
    "cHdE+Jgw6OKPPxqmQ9jEEB0ZtiVqRY03/vwTvtnUIk/EE3XF19nEGNrEsVKIB3Sy3ODzmS"
    "y7u+ucX8ia4q0Ghuk6/pTGtWdzPnbporrv29axoBHPRoQShuEtErhT33FCZkVFwetAAWc+"
    "WQzVigssMsS+I7jX+HHo0wDAGWGEUhs7x+FEoeQR3vw/4TgTNIbRve4bt+2+YTQUzovxZP"
    "gVFgGzxKyxxRwClL4E7cboyNKG6KD1vtl7/e3bf0g8XI+PmHwosWt8kYSY44BUciCGXOFa"
    "Gv3WGLN89FV2pxkBQ1+HBVFBzIN4wUSARpA9A8iNKX4yHEJHfAxfT7/7bgnqvzZ7EnioJZ"
    "F3YYUHQqAbPjoNngkOxIgvlkUu2G3qTyXgHRgXpiZRgE/S64x54+MZerqnV53uZfu80z1D"
    "IEEmxLJpVjyV4sRJGUacFPPhJMuGUDxXnPVpKp3h12nKjzG1HFIF55hiLYxDuf2CIF5s2E"
    "LvIJ5nyM1chbxPnng+5MUtHMQ0XwJ5v/2xL1qeet4nJ4n06w/Nj5IJ03n45Oq6+1NUPcGZ"
    "1tX1u0KGMDKE/Xi8CUeUJg5hVeyaI4F6azwQ5omRKozo0AI+qIQZ+O3AKniOFXGSBf9kAz"
    "E0Er3+8/SbN9+/+eHbt29+gCpyZIuS75fwpNPt5wFqkKeZDZPTwFyF9BzQ4PaULME1Q59B"
    "1gobOI4+HNY073xo3/abH25Sc/282W+LJ6epeR6Vvn6b2RYWjaDfOv33SHxFv19321ljYF"
    "Gv/3tDjAn73DWo+2hgK4lJVBwVpTgOKin3vXU115h6dzsKaGzcfojGUlp3bbb6nV/bZyig"
    "vqe9duu62223+kav/ctdp9c+P0OMhOY0iOdPPsxhSw/NduC4JijaBuiptlN1TSrE9YLUeU"
    "HG7qaIF1WYrVJvgdv7pPjtG7sjPdB0sD3NNV2L3WV5tBs4z/ZnUa/0jqn4OgR7ZAPNZlk7"
    "tUDdhxWGOSfTGc/RdQrNhDzSl2soCCf/cJLwOYuCATYnj5hZhvLEPXWL6qqPpqfTbAmmeC"
    "SREW8kBhc65TsW8MLlYErPL8m8kRPfydQ4WhbdseO6xoTMS8d2TOw4MgDjPlIk+kdDl6HH"
    "MeaIj8kcmYyI6XCEMLWQzT1kh4GXRIcFkZ1tNl0urgMvroR0PjdifjTCLoW8E9VA/MG6EK"
    "bzgl1xwCeNpzGYL1SRaM00ZBMAsfzypQ4e1cEjTTXNHbh5J4GEKotzWL1Gtxy6Q+ifsBkL"
    "t+myKGfIDhDtt29KgP32TSHW4lFW0/ZgvJVNmATRNmW3vgp0BeMlse1WNFfSlLUPQDsLRR"
    "Nl+iZMPXgH82Ui9UNFm85WWapOR6kMxiCoXVqfjghBxQU9F9SIB+Ih6g5ca47+53scPj+e"
    "Cf2XgZ7rIYyY+4iwhxyXjsT/NhfFMGdmsyjFKRpCgZq9gx5ztO+yiVP65ZSs1oYPJKOkWD"
    "smjLkMQLYqZT6kqWpdooQuEUA2BRsTxJaK9ZIAe5bwIODeeVw9EGprRSCytLXuoZ3ukcpd"
    "ZO6ArMXoNGXNZu3YrIuKCa+Sq1eK8uXKJNQorUBy2BOko5Rgc5xIg+9wDwVpCvDUcdxHT/"
    "pMZ/7AsU0s6L0jGfifznyYmujR5mPQ+kC1E/peEDvPUx+fvb/VymPaRZt1wMHfFb5aia9w"
    "0AqqJQ5aIS9ynMFACAOEIVboSRLUvmCNvA21L1gfb+UeJmNZDA95xXndOO81L/pnSNLe09"
    "vW+/b53ZVIwPLMMbF8h1j39Obu3VXn9n2n+9NZIDy9MXBnUS5qh8WydrPX7zSvrv5rJJ9j"
    "xmEROnMjUfOi2ZFdDbHt6JLfZTouBYE6ZG7VFBCVsk4AyfehJnerKgDnk9co157qF2JGJN"
    "nsz6w12ZymrNmsHZsrWIsJ70HCqlFnxLuQ+uKyRxxZKYf3kTUYt7S/zI9LQzmfWjxy/9gQ"
    "ph4xfSaG8ktkSO3lbqMC9aweiMTcynNEpKfeEn9EZravdktcU4LE4kRgFLric+gmOJPugy"
    "MkZN2RdBcQ4RQQsXDV17BuI7m5X6KhVaf5U9Y+hT6iBMjA27fK1k+gZCwU+kKbH/32vt1r"
    "Ry6Tf6NXC5JXiudhs7GAde7Soc2mVUaTIFLHoyQDVxlObNSUH01Mow6GkanLSzljkqMAvT"
    "YmLBpH7ZfRyS+jX2j4eTYVLYPDqYM6nOSllRVHJxMkOgOvbVyy9o+t6x9Le73u6V23dd29"
    "6PQ+iMLMxvj1l9biNdcKTKrU9QEd3azNPG5XDTNk6Q7hBoXnTqxRNeiKiyu3gXp96by+1j"
    "j4psmBt20tqi3fkrHOWd36jG5x8GDTs7n1mdx9E0nieg3icQNUcrbuVQdFbdSc15nzYGvA"
    "cmWGZ4cmWqUgUpa45rXOvHZcd2L4syqKR5Lk5Z60T4vKhHe2rGmUIjo8u+hZkq98lnO1Ur"
    "EvL6x+CODu2o331Y7RaIb7gZ+i0QztXc/yhfd1vdMVCnWt6+is6yTi6mVdAslQfH3yPed+"
    "oTS6KrQXLiP2iF6SuRL4KUgyCpvZT0iVpBkoZvhxEZRPTih4d3hjwoM9tXnbap63gyj+7g"
    "8AyVSl9hMx/aIMnEyNo2VJOEEWLokql0zEET+G4RBrRNhZcJPSgJjiZiV3KFNqXFOkVRGY"
    "PKIEI9mJmomzdiu5qTjJfOJMzKr+fY2v7Z0sTr/QMDipqcA6iI09kDRrclshrpmtNbNdn5"
    "tuHpvLZZgkyHXO72m0P7Zbd32R+hFN0Ht6e9m5uZE5JhN5gF/Pk1KMYC/vpv9lrrCI4hCM"
    "2B34waa254HEWvwyWknPbZasDhtnPblfzUTUbA5vJ2i8zmG+LZ3g26MdeH2Te3FSf0Obu/"
    "KJFU3RXWl9JyeXTuZ3hgE55rfKomLzm0V1jfg4U6n73cQBFnnTmtCQPCTeDZEHwuboL8CU"
    "sAfs/IUsPPeOxJ1raAj7iAXdII+7bP7KQ3IEufe4ba/lTa/ciDOMZZqcauutPpwR3sZhxE"
    "2VvJQjO5ZNR1C+6016StMW9qkchAl+xUU9BOMye2RT7BjRzrl6CCmSJW9d+2D08cHUV5PU"
    "V5OsPHqxnd+Jumne3QaXicCsAau4df3h5qotjWdxh5PY5DWxjQOQjeomskJ4eJby9oPrkW"
    "pRwUROkuzOPH5OjLedWI0tkpsWWE7KJMh3KGaG9hOxqkqZi85H6VoTtPe0edFv94zAK9e5"
    "7oLwGcJMiYNcesiXAj2v8umROgSyZ15xB4MuvVEcJL+FOqNFZ64vpE9lV3AOZe0Nzu51Ql"
    "insxjKOtoVwrXA1WzlbF2VqC8kewlCqr6Q7EWwWXHrKcwudrjl0dbBtKWxH8Ulupu8Sz2h"
    "XRn4yZtgqQAQDAR1766ulkWAcvSuDa+KU5Mq91OA7fauuCZhtjlu5ETJwidHy6JjOK6zKi"
    "ZWDMMGvxqUJxmL3VF5ojBHeQzn/GYhCO1Vx+JgwwNhnl3No5ogqQMM5QIMYlFVQDisfoDo"
    "fnNSxnMHtQrRlc9KXlb28+11t8AOKryszLJNjv6PHHufT1PkgSvASKnEyjmw7JGvjGolGn"
    "j3tX8q+8vfS1YQug=="
)
