# The release as a small image: one program, one volume for SQLite, nobody's root.
FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo install --locked --path . --root /out && mv /out/bin/* /out/app

FROM debian:bookworm-slim
# By which the app knows mail servers.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data app && install -d -o app -g app -m 0700 /data
COPY --from=build /out/app /usr/local/bin/app
USER app
WORKDIR /data
VOLUME /data
ENV BIND=0.0.0.0:3000 DATABASE_URL=sqlite:/data/app.db
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/app"]
