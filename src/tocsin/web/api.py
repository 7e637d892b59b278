"""The JSON API."""
from fastapi import APIRouter
from tocsin.web.site import Site
def routes(site: Site) -> APIRouter:
    return APIRouter()
