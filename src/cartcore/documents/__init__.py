"""The written form of records: JSON documents, their versions, schemas, and exports."""
