# One static binary and nothing else. Build: docker build -t odradek .
# Run: docker run --rm -p 9092:9092 odradek
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS build
WORKDIR /src
COPY tools/install-deps tools/install-deps
RUN tools/install-deps build
COPY . .
RUN tools/lanes/lib/build release odradek \
  && strip -o /odradek build/release/odradek \
  && mkdir /data

FROM scratch
COPY --from=build /odradek /odradek
# For --data-dir /var/lib/odradek; without it everything is kept in memory.
COPY --from=build --chown=65532:65532 /data /var/lib/odradek
VOLUME /var/lib/odradek
# Inside a container the loopback address is nobody's; clients are told the address they dialled.
ENV KAFKA_LISTENERS=PLAINTEXT://:9092
EXPOSE 9092
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=1s \
  CMD ["/odradek", "health", "--bootstrap", "127.0.0.1:9092"]
ENTRYPOINT ["/odradek"]
