"""A browser named in plain words, so that a person recognises her own sessions."""

from __future__ import annotations

# mark in the User-Agent -> name; the first that matches wins (Edge also says Chrome…)
NAVIGATEURS = (
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def nom_appareil(agent: str) -> str:
    """« Firefox, Windows »; « Appareil inconnu » when nothing is recognised."""
    trouves = [
        next((nom for marque, nom in table if marque in agent), "")
        for table in (NAVIGATEURS, SYSTEMES)
    ]
    return ", ".join(n for n in trouves if n) or "Appareil inconnu"
