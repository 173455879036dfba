# One image for each service: docker build --build-arg SERVICE=router -t contact-center/router:0.1.0 .
# `make images` builds all of them; docs/deploy.md says what they need when they run.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_CONSTRAINT=/src/constraints.txt PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt ./
COPY proto proto
COPY libs libs
# What all services have in common, so that it is fetched once for all images.
RUN python3 -m venv --without-pip /opt/venv \
 && python3 -m pip --python /opt/venv/bin/python3 install ./proto ./libs/chassis ./libs/agent
ARG SERVICE
# Such as [speech] for ingest-voice: prompts spoken by eSpeak NG, which is under the GPL.
ARG EXTRAS=""
COPY services/${SERVICE} services/${SERVICE}
COPY deploy/local deploy/local
# The command line is the local stack's; what it would start is not in the image.
RUN python3 -m pip --python /opt/venv/bin/python3 install "./services/${SERVICE}${EXTRAS}" \
 && python3 -m pip --python /opt/venv/bin/python3 install --no-deps ./deploy/local \
 && ln -s "${SERVICE}" /opt/venv/bin/service

FROM ${PYTHON_IMAGE}
ARG SERVICE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="contact-center ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Nobody on any host; a folder for DATA_DIR is mounted.
USER 10001:10001
WORKDIR /tmp
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/venv/bin/service"]
