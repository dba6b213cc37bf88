#!/bin/sh
# One process; the load balancer asks /health every second.
exec uvicorn gateway.main:app --host 0.0.0.0 --port 8000 --workers 1
