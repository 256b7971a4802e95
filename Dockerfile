# The service as an image: locked dependencies with hashes, the four rooms, a user without rights.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONPATH=/app
WORKDIR /app
COPY requirements.lock ./
RUN python -m pip install --require-hashes --requirement requirements.lock
COPY calculation ./calculation
COPY schemas ./schemas
COPY handlers ./handlers
COPY service ./service
RUN useradd --system --uid 10001 --home-dir /var/lib/cpas-onem --create-home cpas-onem
USER 10001
WORKDIR /var/lib/cpas-onem
ENTRYPOINT ["python", "-m", "service"]
CMD ["run"]
