from services.gold.tables import GoldTable
from services.runtime.migrations import run_env

run_env(GoldTable.metadata)
