# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md wsgi.py ./
COPY scimserver scimserver
COPY schemas schemas
RUN python -m venv /opt/scimserver && /opt/scimserver/bin/pip install --no-cache-dir ".[redis]"

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /var/lib/scimserver --create-home scimserver
COPY --from=build /opt/scimserver /opt/scimserver
ENV PATH=/opt/scimserver/bin:$PATH PYTHONUNBUFFERED=1
USER scimserver
WORKDIR /var/lib/scimserver
VOLUME /var/lib/scimserver
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["scimserver", "serve", "--host", "0.0.0.0"]
