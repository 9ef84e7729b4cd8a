"""State machines of the engine, as tables; ``README.md`` is drawn from them.

Pure: this package imports only the standard library and ``transitions``.
"""

from workflows import (
    avenant,
    bilan,
    campagne,
    convention,
    dossier,
    financement,
    scenario,
    seance,
    tranche,
    versement,
)
from workflows.socle import MachineTable

# Name of the machine (also the name of the table in the database) -> its rules.
MACHINES: dict[str, MachineTable] = {
    module.MACHINE.nom: module.MACHINE
    for module in (
        campagne,
        dossier,
        financement,
        scenario,
        seance,
        convention,
        avenant,
        tranche,
        versement,
        bilan,
    )
}
