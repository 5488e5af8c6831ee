"""Cities that people of the demo live in or travel to: their centres, stations, airports and ports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random

from iot_hub.operations.demo.travels.ways import Place, beside


@dataclass(frozen=True)
class City:
    """A city; ``ahead`` is by how many hours its clocks are ahead of those at home."""

    name: str
    centre: Place
    station: Place
    airport: Place | None = None
    port: Place | None = None
    ahead: int = 0

    @cached_property
    def sights(self) -> tuple[Place, ...]:
        """What there is to see: within two kilometres of the centre."""
        draw = Random(f"sights of {self.name}")  # noqa: S311
        return tuple(beside(self.centre, draw.gauss(0, 800), draw.gauss(0, 800)) for _ in range(9))


# fmt: off
KRAKOW = City("Kraków", Place(50.0614, 19.9372), Place(50.0675, 19.9476), Place(50.0777, 19.7848))
BERLIN = City("Berlin", Place(52.5200, 13.4049), Place(52.5251, 13.3694), Place(52.3667, 13.5033))
WARSAW = City("Warszawa", Place(52.2319, 21.0060), Place(52.2288, 21.0032))
GDANSK = City("Gdańsk", Place(54.3490, 18.6530), Place(54.3555, 18.6440), port=Place(54.5190, 18.5500))
KARLSKRONA = City("Karlskrona", Place(56.1612, 15.5869), Place(56.1665, 15.5850), port=Place(56.1720, 15.6280))
WIEN = City("Wien", Place(48.2083, 16.3725), Place(48.1853, 16.3761))
BUDAPEST = City("Budapest", Place(47.4979, 19.0402), Place(47.5003, 19.0839))
PRAHA = City("Praha", Place(50.0875, 14.4214), Place(50.0830, 14.4353))
LISBOA = City("Lisboa", Place(38.7139, -9.1394), Place(38.7676, -9.0989), Place(38.7742, -9.1342), ahead=-1)
PORTO = City("Porto", Place(41.1496, -8.6110), Place(41.1489, -8.5853), Place(41.2370, -8.6700), ahead=-1)
ROMA = City("Roma", Place(41.8986, 12.4769), Place(41.9010, 12.5016), Place(41.8003, 12.2389))
FIRENZE = City("Firenze", Place(43.7714, 11.2542), Place(43.7763, 11.2480))
VENEZIA = City("Venezia", Place(45.4343, 12.3388), Place(45.4411, 12.3210), Place(45.5053, 12.3430))
NEW_YORK = City("New York", Place(40.7589, -73.9851), Place(40.7527, -73.9772), Place(40.6446, -73.7797), ahead=-6)
WASHINGTON = City("Washington", Place(38.8951, -77.0364), Place(38.8977, -77.0063), ahead=-6)
TOKYO = City("Tokyo", Place(35.6896, 139.7006), Place(35.6812, 139.7671), Place(35.5494, 139.7798), ahead=8)
KYOTO = City("Kyoto", Place(35.0037, 135.7681), Place(34.9858, 135.7588), ahead=8)
HAMBURG = City("Hamburg", Place(53.5503, 9.9937), Place(53.5528, 10.0067))
KOBENHAVN = City("København", Place(55.6761, 12.5683), Place(55.6728, 12.5646))
MUENCHEN = City("München", Place(48.1374, 11.5755), Place(48.1402, 11.5600))
PALMA = City("Palma", Place(39.5696, 2.6502), Place(39.5764, 2.6541), Place(39.5517, 2.7388))
PARIS = City("Paris", Place(48.8566, 2.3522), Place(48.8768, 2.3592))
LONDON = City("London", Place(51.5101, -0.1340), Place(51.5314, -0.1262), Place(51.4706, -0.4619), ahead=-1)
# fmt: on
