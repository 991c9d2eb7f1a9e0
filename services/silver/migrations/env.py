from services.runtime.migrations import run_env
from services.silver.tables import SilverTable

run_env(SilverTable.metadata)
