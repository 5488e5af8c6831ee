# One image for every role of the hub; compose.yaml says which command a container runs.
# Built from a clone: docker build -t iot-personal-hub .
# A tag names the base, not a digest: whoever wants the very same bytes each time adds @sha256:… of their registry.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/iot-hub
COPY requirements/build.lock requirements/hub.lock requirements/
RUN /opt/iot-hub/bin/pip install --quiet --require-hashes -r requirements/build.lock -r requirements/hub.lock
COPY pyproject.toml README.md LICENSE ./
COPY requirements/agent.in requirements/hub.in requirements/dashboard.in requirements/
COPY iot_hub iot_hub
# What only built the hub, and tests of its libraries, would be dead weight.
RUN /opt/iot-hub/bin/pip install --quiet --no-deps --no-build-isolation . \
    && /opt/iot-hub/bin/pip uninstall --quiet --yes setuptools pip \
    && find /opt/iot-hub -depth -type d -name tests -exec rm -r {} +

# pg_dump and pg_restore alone: the whole package would bring Perl.
FROM python:3.11-slim-bookworm AS postgresql
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-client-15

FROM python:3.11-slim-bookworm
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends nginx-light mosquitto openssl libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/iot-hub --shell /usr/sbin/nologin iot-hub
COPY --from=postgresql /usr/lib/postgresql/15/bin/pg_dump /usr/lib/postgresql/15/bin/pg_restore /usr/lib/postgresql/15/bin/
COPY --from=build /opt/iot-hub /opt/iot-hub
# In front stands nginx, encrypted from its first second; hub.env may say otherwise.
ENV PATH=/opt/iot-hub/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 \
    IOT_HUB_HOME=/var/lib/iot-hub \
    IOT_HUB_HOST=0.0.0.0 \
    IOT_HUB_PORT=443 \
    IOT_HUB_HTTP_PORT=80 \
    IOT_HUB_TLS=self-signed \
    IOT_HUB_TIME_ZONE=UTC
USER iot-hub
WORKDIR /var/lib/iot-hub
ENTRYPOINT ["iot-hub"]
CMD ["--help"]
