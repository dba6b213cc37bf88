"""HTTP interface of the address checker."""
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
    """Whether the address can be delivered to, by its form alone."""
    clean = normalise(address)
    if not clean.postcode:
        raise HTTPException(422, "no postcode")
    return {"address": clean.model_dump(), "deliverable": None}
