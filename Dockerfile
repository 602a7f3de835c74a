# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build

RUN python -m venv /opt/copytaster
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY schemas ./schemas
COPY streams ./streams
COPY seeds ./seeds
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/copytaster/bin/pip install --constraint constraints.txt '.[worker]'

FROM python:3.11-slim

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin copytaster
COPY --from=build /opt/copytaster /opt/copytaster
ENV PATH=/opt/copytaster/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
ENTRYPOINT ["copytaster"]
CMD ["worker"]
