"""Baseline: the first beta's way. A connection and an INSERT a request, under Flask and gunicorn.

``DATABASE_URL`` says where; ``device1_apikey`` is the SHA-256 of the token in hexadecimal, as it
was then. Unlike the first beta it answers 200 only after a commit.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import psycopg
from flask import Flask, Response, jsonify, request
from psycopg.types.json import Json

INSERT = (Path(__file__).parent.parent / "sql" / "first_beta_insert.sql").read_bytes()

app = Flask(__name__)


@app.post("/mobile_location")
def mobile_location() -> tuple[Response, int]:
    """Store one event."""
    token = request.headers.get("X-API-Key", "")
    if hashlib.sha256(token.encode()).hexdigest() != os.environ["device1_apikey"]:
        return jsonify({"error": "wrong key"}), 401
    event = request.get_json()
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    try:
        cursor = connection.cursor()
        cursor.execute(INSERT, (event["device_id"], event["device_timestamp"], Json(event["properties"])))
        connection.commit()
        cursor.close()
    finally:
        connection.close()
    return jsonify({"message": "stored"}), 200
