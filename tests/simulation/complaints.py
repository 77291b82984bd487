"""What the simulation says where something is off."""


class Off(AssertionError):
    """A queue did what it should not have done; the sentence names what kind of queue it is, and the slot."""

    def __init__(self, queue: object, slot: object, what: str) -> None:
        super().__init__(f"{queue}, slot {slot}: {what}")
