"""A small fleet, and one Spark session: made once for all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fleet import Fleet, make_fleet

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOSTS = 12
BROKEN = 3


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of 12 hosts, the last three with a recording that is cut, changed or none."""
    folder = tmp_path_factory.mktemp("hunted") / "fleet"
    make_fleet(Fleet(folder=folder, hosts=HOSTS, snapshots=24_000, seed="test", broken=BROKEN))
    return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Give a real session of two cores; whatever is begun meanwhile takes this one."""
    # it takes a second, and Java
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from detector.hunt.spark import LOCAL_SETTINGS  # noqa: PLC0415

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = LOCAL_SETTINGS | {
        # a test is over before the best compiler has begun
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield session
    session.stop()
