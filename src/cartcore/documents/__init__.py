"""The written form of records: JSON documents, their versions, schemas, and exports.

`serializer` writes and reads them, `formats` brings older ones up to date, `schema` describes them
to form builders, and `exchange` moves a whole storage from one adapter to another.
"""
