# All in one: transformer and scorer in one process on port 9090.
#   docker build -t fraud-detector:v1 .
#   docker run -p 9090:9090 --env-file .env fraud-detector:v1
# With a W&B key in the environment it serves what is in production there; without one, the release trained below.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS system
WORKDIR /checkout
COPY images/system.sh images/
RUN sh images/system.sh /system

FROM ${PYTHON_IMAGE} AS trained
WORKDIR /checkout
COPY images/packages.sh images/
COPY requirements/training.txt requirements/
RUN sh images/packages.sh requirements/training.txt
COPY contract/src contract/src
COPY training training
RUN PYTHONPATH=contract/src:training/src /app/bin/python -m fraud_training /release

FROM ${PYTHON_IMAGE} AS packages
WORKDIR /checkout
COPY images/packages.sh images/
COPY requirements/standalone.txt requirements/registry.txt requirements/
RUN sh images/packages.sh requirements/standalone.txt requirements/registry.txt

FROM packages AS members
COPY images/compiler.sh images/
RUN sh images/compiler.sh
COPY images/members.sh images/
COPY requirements/build.txt requirements/
COPY contract contract
COPY forest forest
COPY processes processes
COPY serving serving
COPY transformer transformer
COPY predictor predictor
COPY standalone standalone
COPY registry registry
RUN sh images/members.sh ./contract ./forest ./processes ./serving ./transformer ./predictor ./standalone ./registry

FROM scratch
COPY --from=system /system/ /
COPY --from=packages /app/ /app/
COPY --from=trained /release/production_model/ /release/production_model/
COPY --from=trained /release/preprocessor/ /release/preprocessor/
COPY --from=members /members/app/ /app/
ENV HOME=/tmp \
    LANG=C.UTF-8 \
    PATH=/app/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 10001:10001
EXPOSE 9090 8081 9091
ENTRYPOINT ["/app/bin/python", "-m", "fraud_registry.pods.production", "/tmp/releases", "/release", "/app/bin/python", "-m", "fraud_standalone"]
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fraud-detector" \
      org.opencontainers.image.description="Fraud decisions for card payments, all in one process on port 9090" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
