from fastapi import FastAPI, HTTPException

from fx import provider
from fx.alerts import router as alerts

app = FastAPI(title="fx")
app.include_router(alerts)


@app.get("/rates/{base}")
async def get_rates(base: str):
    return await provider.rates(base.upper())


@app.get("/convert")
async def get_convert(amount: float, source: str, target: str):
    try:
        return {"amount": await provider.convert(amount, source.upper(), target.upper())}
    except KeyError:
        raise HTTPException(404, f"no rate from {source} to {target}")
