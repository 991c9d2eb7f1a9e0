"""The rules of the batch Items API: names, times, schemas, trees, operations. Pure: no database, no wire."""
