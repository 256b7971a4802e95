# The service as an image: locked dependencies with hashes, this project's wheel, a user without rights.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements-dev.lock ./
RUN python -m pip install --require-hashes --requirement requirements-dev.lock
COPY pyproject.toml README.md ./
COPY calculation ./calculation
COPY schemas ./schemas
COPY handlers ./handlers
COPY service ./service
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /tmp/requirements.lock
RUN python -m pip install --require-hashes --requirement /tmp/requirements.lock
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels python -m pip install --no-deps --no-index /wheels/*.whl
RUN useradd --system --uid 10001 --home-dir /var/lib/cpas-onem --create-home cpas-onem
USER 10001
WORKDIR /var/lib/cpas-onem
ENTRYPOINT ["cpas-onem"]
CMD ["run"]
