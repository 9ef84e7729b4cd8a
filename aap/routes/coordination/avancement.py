"""Where a campaign stands."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from aap.models import Campagne
from aap.requetes.avancement import avancement as mesurer
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page
from aap.routes.garde import garde


@bp.get("/campagnes/<int:campagne_id>/avancement")
@garde("campagne.suivre", Campagne)
def avancement(campagne: Campagne) -> ResponseReturnValue:
    return page("avancement.html", campagne, point=mesurer(campagne))
