"""The same in the order in which they go out."""

from tortoise import BaseDBAsyncClient

from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

ON = '"posts" ("clerk_user_id", "status", "platforms", "earliest_time", "id")'


async def upgrade(db: BaseDBAsyncClient) -> str:
    await build_index(db, "posts_by_time", ON)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return 'DROP INDEX IF EXISTS "posts_by_time"'


MODELS_STATE = (
    "eJztXW1z2zYS/isYfXEyo3NcN007vl5nFFlu1DiyK8tprnWHhUlI4ogCFJC0rcn5vx8Aku"
    "ILSIqUZBmS8ckWiAWWz+JlsbtYfmtMiYUc97BNMEamh6yWaRIfe40T8K2B4RSxfwrrNEED"
    "zmZxDV7gwVtHEJlRbQMG1cVjeOt6FJq8/SF0XMSKLOSa1J55NsGcrgV8F9EDF4RkgGAAwc"
    "yB3pDQaRPc294Y2J4LEDbpfMY6AB6ZIOz+G7gIgRmiCGMbOodRt4e8X4uYrGMbj56mixt8"
    "g1vAst3FWy/aniA0c0VrlNwHbRPfCxtsgltkQsYNmPm3jm1CjoILOPCMRHDuY/urjwyPjJ"
    "A3RpTx/9dfDdNBdGLwtzBsi9eKmBcYBz3zJ3//zX7b2EIPyOWU3xpDGzmW+L+kEU6FHmYU"
    "uS7nh9fmRdF4kEVrEIyE9OczUaMhGmCS5j/AHx86/Q5wPej5Lvj5F3CQBOqg8dgEKb6S74"
    "JZK4bloxVYup0bYwStQrakftfoK/lCFXH4Tx0YAhrRMh83BuPOZuwZ0FuBWY8YFIXl1Zld"
    "kDDirz7r3ToAF33wKq7BprV9hw5Aq3cazxxWe8h4GxuCcdC9Ar3r8/PXjUfO5GxiiBdOrT"
    "bBWBTlRsTa9XX39EzU5HP51jCJ409xXHs2Z7MKL6r7vm0dchr+bIQwopALJl5zsO844UIV"
    "FQXzjBV41EeLWWPFBRYaQt/hK1fj56GPTT5VE2uBSSg6tC33EKN7Np9+CTlNUBlG72JgXH"
    "UGhtGQ1j3OUWadCosY7HzNtPkKynB6DNqN8RGlDd5B+0Or/+r7d68FIsT1RlQ8FOg1HgUh"
    "9KARj7EYdGktSOPfHkOaj7+8iKRFwVhfRQhRQSyFeLuIAI0gewKQG1P4YDgIj7wx+3n8ww"
    "8lqH9u9QXwrJZAnrD9LdgCe+Gj4+DZo5jhEeLJ6S2D3cH+VADeZXxBbCIJ+CS9ypg3vpyA"
    "hxt83u197Jx2eyfAsfEEWTbObsuVJHFURRBHxXI4yoohsVnWGPVpKpXhV2nIjyG2HFQH55"
    "hiJYzDlfsFQRzvu2yIMpUg2HZlyAdso8+HvLiFvRjmJZAPOl8GvOWp6351kki/+tT6IoQw"
    "nYdPzi96v0bVE5Jpn1+8LxRIShFaTSJSE/swK7YtkeDkZdwhyhVmWRBdXCAHmTADvx2ciZ"
    "9iRhxlwT9aYxka8V7/dfzd2x/f/vT9u7c/sSqCs0XJjyUy6fYGeYAmjyQSpKcMDc+eohJc"
    "M/QZZK2wgcPon/0a5t1PnatB69NlaqyftgYd/uQ4Nc6j0lfvMtvCohHwR3fwAfCf4M+LXi"
    "d7GFjUG/zJj5wN6LPzICb3BrSSmETFUVFK4vFxdBXNNabe3o7SCA6nNQ9ljVZ70P3cOQEB"
    "9Q3ud9oXvV6nPTD6nd+vu/3O6QmQD8Y3+LR7FVbkNbLWgefXem8dYjIl3GA6rO3Una8SsZ"
    "6sKk/WSFwmsWrp3lm6fdA10vPq3dsK8+rd28J5xR/lz6spU5zhKAfuYi0vh3QfEN+2dsdU"
    "ZN9lMEbrTp2FLUur1zWV17WFub6mlJN0WsIqSzj2Xawym2XqDUh7l8wZuybu8Hy9iqwzpH"
    "paqyznyIplOtCe5hrei919ebRrOP92R8pLfXsyvg6CLlrDLlPWjp5huzDDoOeh6czLsdQU"
    "GjnzSF+umZMHKQwnCY85L7iF5uQeUsuQnpBjUlRXfjQ9nmZLIGYnPyt8I85cGHnVtZgsiI"
    "ewOf+I5o2c2KxMjWZZZJYd1zUmaF45LovVBd4YegACEzoOomAE7xD7NfU9EbjUBBBbrAoC"
    "tgXIENzzyrYHTIr4OMlGTyX4yIvReuruqgVWMS6WRFEFvVUIxcniziOUorWyIEJJB8noIB"
    "llzx5bcGdPgrWsKs5hdY1uNXSHrH9EZzTc0KuinCHbQ7Q3bxhmiwzjt/ZhJ0G0ydVbXVW7"
    "xjEnsfHWPNikKbVVSLmzjCJq92UYYvmejZeJ0BAlvTtbpVTxjkI2jdugdkXNu0e8MZM2sN"
    "3gloA7Rha/ssA136jJUNkNHrPKb6IuDmc5yvVGWszRnzN6cqH2ql7s63J9dk8iX4u1W0Qp"
    "obW9xGkqrQtU0AUCyFZwEUuEewH31uP/GI+zFX1KWVqtOyinO6TuWFByi1YSdJpSi1lpMb"
    "vEQUbZRY7iI1YOqXYnKWP3vmSc5WrdvLxc1WY1Khu2PbbjAqZPAgTN8UIBPgRdz40uQA6J"
    "45D74B5v8qruQWCEZoo0DwOdznx+9ddn4qYAAh7RFajVtrj9m2fl3mrfy1X28gvC/EZxs9"
    "TGLXDnhm1OVWLYztx1lXpKxAiHkLg1GeAtlJnWV+QAQerYyPUWe0MNlpYY+5dx5M+shNmi"
    "Rr/mGOJRnZ5D+wgjZcOFDZh60ifDgKyww/BucU434n7wxUDcEV4CSFVWyD0uGYlLWBFsaC"
    "eMdsIoq8dtwU2wg7c9LAqHXs1x3Tjtt84GJ0DQ3uCr9ofO6fU5v7/hmmNk+Q6/2HF5/f68"
    "e/Wh2/v1JGEbW5Tz2guLGitt9Qfd1vn5f43kc0g9Ng2duZGoedbqiq6G0Bb9XPfaF72zbv"
    "8TL2RTmOChTaeqXB8xHYLZajmkpG78lkyp1e18t0Zm860McD65Rjk/+0LBslZgFEgSbXE1"
    "kxcytTcMSUeuY3mRiHWoocq2F+2FfRFiTp8964g5TanFrJyYa9j6Evtnwg4lj4j3IfXZxz"
    "5yRKUc2Ue2vLil3RV+XBruNqnJIxSxNWHqI9OnnJXfI9PKTu55MlBPaj9OjK08M3J66JVY"
    "kzOjfblR+QIjwCcnN8ESHEdVnAiDbxPwta4pDLzsTxDnJVuHV20kN7KZNyTleSyz/op7ku"
    "E1gEAZW2ZyS6BkLM7My0xvcf7ABYmcC1HKYhi+icxjs5KdMskpGUaNbobVggNYMptjRL0G"
    "y5UsrJUYXk/OGdtENW4SRDI/0nWjOuzENpnq3MQ0FQdeHYZsbFjEv106thgk7MWp4drYRE"
    "kzuEinWUmQFE2Jh+oyyMZpTFjEpDaCq2UEVy+A7mnUCyVD6FIX1D2UFzxfHMOVIFEZeGWj"
    "t7QzYlVnxI65GAo0vsp28AJ6bQjX7obto0wR62XlrERpWm0PV82CltqfpLNdHVnL1Frauy"
    "DturEoWbp9yPT21Ncmcm09dSZXbgN6fqk8v1ZIYKJI4pJNTaoN52peJeeSzrVUrNitm2NJ"
    "51batSWJJ3nm4SmuB+mqqQmL2tCSV1nyKRN9XZFLxFrWKsvaIWRi+LM6ikeS5OVmTEsvlQ"
    "m/UtWjUYpo/85FTxJw6dOcJP7FPoiw+j6Au233w7MlSVAM9z3PkaAY2tse5Quv0Wp35yVq"
    "reuorOssPH+rplnPUGtpqyztRBxgVQNQMnRQZ6HLyY6QRleG9oxQZI/wRzSXwhMKgqLDZn"
    "YTUinIlxVTeL8IHksOKPbu7I2RF2hQrat267QTRJttP92ECK3uPCDTL4oYztRolgUNB/5w"
    "FFWunI2CknuezZjnYnOQNUL0RPxPfM8kU8Qf8VhgYvJ4cMSDBVkJBKK3vAQT6zaXG0yc9P"
    "VnfJb1PjkfwFMrEjZGdPn1fh23qFbcooLecUXX0L3QNaTZXesiaJZYC1tpYYc7Sr5dZHlo"
    "ZoJc5cDYRudLp30tPusZDdAbfPWxe3kpgjMnIj9gNtgyuy0/T0glRdDN++BxmS02otgHK8"
    "oWDLFT23XFJzP9vKjwQtdBlkzHLWRdCc92alVsDG8o6Pd5cygphukW1oVVQqs3FE+9QyrP"
    "6maXxW3INe0utW9ZK4ruUgtMcnCpZILJCCDHBCOLqNgEQ6O6RnwFv4oJRly6Ft+eSmXIhy"
    "OGKEB3iM7BPwxbRO+g8w+w4NwFr7hs3rgeofPDqfU6zxKzoVbXTeIZ34ESAbGrXEYO83sa"
    "cVMF1pdlKS3X5WCNrqu/5RRaNZJnrvNKadrCPqUbzGw423dIvhFMqD2yMXSMSBdazkKKRN"
    "vVFNr+miV2NZ0UUyfFXIZ3I1glag7sRqs96H7unICAmue0vL4K0liyUWPd4PbFp8vzjjCI"
    "8CTUXI9QxN4RgGzUN3tIhPt3ytl8xE6kudQweyRJtmfyeEqMN31bg2keubHG1VaZBPkWl5"
    "mh/YCsuqvMWfeLMJdy2hvcOht0+kZgae1e9NjiM2QjJfalqrG+FGh6ta+kabfWjnk6HMi0"
    "6bV8W/kt6MAplaW+WH1qm/dzKLWFP7vX8cU6HSxT1XkiEa4ErmIzZ+OqhM7T+xIWKZ2n90"
    "WIWTLsScIuNrnl0WoHaal7STKKbie8V01ol/qW8gZYysfEGEl8WmlZqukypaBOBmU5dnc3"
    "F7DtplDuoyGbJuOST2BnajTLHXKibu0PYAOPTBCO4pij7JUHbvDxO9EmsoIvVofp3tw32b"
    "4KvoS9yab1J7F3MZ+n/iT2sxuP9Sex9Sexd1Mcu3Zy0J/EfhFi1p/EfvLj4fMEyLUQtc1x"
    "nh4ePinVv2FcZ5nWXQzpGlpu3kgsdg/njb0cY244xLaty27ZlFuspd6xE4hdL8IhQbIXCt"
    "MWAn74pKqBcFh9D9H97qjKuYvVKkRXPKv4JYXfri56BX6Jwi8pWLbpgf+xs+UuX6LPA5eD"
    "Ua78Z/X8zF7GG3j/3JvZ4/8Bi59u8w=="
)
