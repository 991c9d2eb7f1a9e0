from services.ingest.tables import METADATA
from services.runtime.migrations import run_env

run_env(METADATA)
