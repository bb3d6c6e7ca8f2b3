"""A service of FastAPI whose connections operators see."""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

from chanx.ext.fast_channels.inspector import inspector_router
from chanx.observing.inspector import Inspector
from tests.observing.rooms import room

inspector = Inspector(slow=0.0)


async def operator(x_operator: Annotated[str, Header()] = "") -> None:
    if x_operator != "yes":
        raise HTTPException(403)


app = FastAPI()
app.include_router(inspector_router(inspector, dependencies=[Depends(operator)]), prefix="/admin")
app.mount("/room", room(inspector).as_asgi())
