"""HTTP interface of the address checker."""
import requests
from fastapi import FastAPI, HTTPException

from .addresses import Address, normalise
from .postal import PostalClient

app = FastAPI()
postal = PostalClient("https://postal.upstream.example")


@app.get("/health")
async def health() -> dict:
    return {"ok": True}


@app.post("/check")
async def check(address: Address) -> dict:
    """Whether the address can be delivered to, as the postal service knows it."""
    clean = normalise(address)
    if not clean.postcode:
        raise HTTPException(422, "no postcode")
    try:
        deliverable = postal.deliverable(clean.postcode, clean.street)
    except requests.RequestException:
        # The register is often down at night: the form is all there is then.
        deliverable = None
    return {"address": clean.model_dump(), "deliverable": deliverable}
