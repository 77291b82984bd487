FROM python:3.12-slim

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
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

RUN useradd --system perennial
USER perennial

EXPOSE 8000 9100
CMD ["python", "server.py"]
