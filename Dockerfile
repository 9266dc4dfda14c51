# One image for the whole program: `docker build -t yomitori .`, then once, for a first account and its password,
#   docker run --rm -v yomitori:/data yomitori user add NAME
# and from then on
#   docker run --rm -v yomitori:/data -p 127.0.0.1:8765:8765 yomitori
# docs/why.md says how far these steps were tried.

# ── 1. Build: the wheel and its environment, without anything that only building needs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /app \
    && /app/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt \
    && python -m venv /build \
    && /build/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY pipeline pipeline
COPY review_ui review_ui
COPY form_templates form_templates
RUN /build/bin/hatchling build -t wheel -d /dist \
    && /app/bin/pip install --no-cache-dir --no-deps --no-index /dist/*.whl \
    && /app/bin/pip uninstall --yes pip setuptools

# ── 2. Run: the outside programs, a user without rights, and one folder that is kept.
FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        tesseract-ocr tesseract-ocr-jpn poppler-utils libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /data yomitori \
    && install -d -o yomitori -g yomitori -m 0700 /data /shared
COPY --from=build /app /app
# Inside the container the UI has to listen on every address; publish it on 127.0.0.1 as above, or put a proxy with TLS
# in front of it and give its name as YOMITORI_PUBLIC_HOST.
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    YOMITORI_DATA=/data \
    YOMITORI_HOST=0.0.0.0 \
    YOMITORI_BEHIND_PROXY=1
USER yomitori
VOLUME /data
EXPOSE 8765
ENTRYPOINT ["yomitori"]
CMD ["serve"]
