FROM node:22-slim AS explorer

WORKDIR /perennial/explorer
COPY explorer/package.json explorer/package-lock.json explorer/.npmrc ./
RUN npm ci
COPY explorer ./
RUN npm run build

FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PERENNIAL_MODE=production \
    PERENNIAL_HOST=0.0.0.0 \
    PERENNIAL_WORKER_PORT=9100

WORKDIR /perennial

COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY pyproject.toml README.md server.py worker.py ./
COPY migrations ./migrations
COPY src ./src
COPY --from=explorer /perennial/src/perennial/api/explorer/built ./src/perennial/api/explorer/built
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

RUN useradd --system perennial
USER perennial

EXPOSE 8000 9100
CMD ["perennial", "server"]
