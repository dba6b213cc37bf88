from pydantic import BaseModel


class Address(BaseModel):
    street: str
    postcode: str
    town: str


def normalise(address: Address) -> Address:
    return Address(
        street=" ".join(address.street.split()),
        postcode=address.postcode.replace(" ", "").upper(),
        town=address.town.strip().title(),
    )
