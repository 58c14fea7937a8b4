import { type Case, compose } from './case.ts'

/** The shapes of well-known projects, as people run them at home. */
export const stacks: Case[] = [
  compose(
    'Nextcloud with MariaDB, Redis and a proxy',
    `
name: cloud
x-restart: &restart
  restart: unless-stopped
  logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }

services:
  db:
    <<: *restart
    image: mariadb:11.4
    command: --transaction-isolation=READ-COMMITTED --log-bin=binlog --binlog-format=ROW
    environment:
      MARIADB_ROOT_PASSWORD_FILE: /run/secrets/db_root
      MARIADB_DATABASE: nextcloud
      MARIADB_USER: \${DB_USER:-nextcloud}
      MARIADB_PASSWORD: \${DB_PASSWORD:?set it in .env}
    secrets: [db_root]
    volumes: [ "db:/var/lib/mysql" ]
    healthcheck:
      test: [ "CMD", "healthcheck.sh", "--connect", "--innodb_initialized" ]
      interval: 10s
      timeout: 5s
      retries: 5
      start_period: 30s
    networks: [backend]
  redis:
    <<: *restart
    image: redis:7-alpine
    command: redis-server --requirepass "\${REDIS_PASSWORD}"
    networks: [backend]
  app:
    <<: *restart
    image: nextcloud:30-fpm
    depends_on:
      db: { condition: service_healthy }
      redis: { condition: service_started }
    env_file: [nextcloud.env]
    environment:
      - MYSQL_HOST=db
      - REDIS_HOST=redis
      - REDIS_HOST_PASSWORD=\${REDIS_PASSWORD}
    volumes:
      - nextcloud:/var/www/html
      - type: bind
        source: \${DATA_DIR:-./data}
        target: /var/www/html/data
    networks: { backend: , frontend: { aliases: [nextcloud] } }
  cron:
    extends: { service: app }
    entrypoint: /cron.sh
  proxy:
    image: nginx:1.27
    ports: [ "80:80", "443:443" ]
    volumes: [ "./nginx.conf:/etc/nginx/nginx.conf:ro", "nextcloud:/var/www/html:ro" ]
    depends_on: [app]
    networks: [frontend]

networks:
  backend: { internal: true }
  frontend:
volumes: { db: , nextcloud: }
secrets: { db_root: { file: ./db_root.txt } }
`,
    {
      '.env': 'DB_PASSWORD="s3 cr$$et"\nREDIS_PASSWORD=abc # local\n',
      'nextcloud.env': 'NEXTCLOUD_TRUSTED_DOMAINS=cloud.lan\nOVERWRITEPROTOCOL=https\n',
    },
  ),
  compose(
    'Plex',
    `
services:
  plex:
    container_name: plex
    image: plexinc/pms-docker
    restart: unless-stopped
    network_mode: host
    environment: [ "TZ=Europe/Vienna", "PLEX_CLAIM=\${PLEX_CLAIM}", PLEX_UID=1000 ]
    devices: [ /dev/dri:/dev/dri ]
    tmpfs: /transcode:size=4g
    volumes: [ "./config:/config", "/mnt/media:/data:ro,rslave" ]
`,
  ),
  compose(
    'Minecraft',
    `
services:
  mc:
    image: itzg/minecraft-server:java21
    tty: true
    stdin_open: true
    ports: [ "25565:25565", "127.0.0.1:25575:25575/tcp" ]
    environment:
      EULA: "TRUE"
      MEMORY: 4G
      MOTD: "A \\u00A7l server"
      OPS: |-
        alice
        bob
    mem_limit: 6g
    cpus: "2.5"
    cap_drop: [ALL]
    cap_add: [CHOWN, SETGID, SETUID]
    security_opt: [ "no-new-privileges:true" ]
    read_only: true
    pids_limit: 512
    stop_grace_period: 1m30s
    ulimits: { nofile: { soft: 65536, hard: 65536 } }
    runtime: io.containerd.kata.v2
    networks: [isolated]
    volumes: [ "world:/data" ]
networks: { isolated: { driver: bridge, driver_opts: { com.docker.network.bridge.enable_icc: "false" } } }
volumes: { world: { name: minecraft-world } }
`,
  ),
  compose(
    'photos, like Immich',
    `
name: immich
services:
  immich-server:
    container_name: immich_server
    image: ghcr.io/immich-app/immich-server:\${IMMICH_VERSION:-release}
    extends: { file: hwaccel.transcoding.yml, service: cpu }
    volumes: [ "\${UPLOAD_LOCATION}:/usr/src/app/upload", "/etc/localtime:/etc/localtime:ro" ]
    env_file: [.env]
    ports: [ "2283:2283" ]
    depends_on: [redis, database]
    restart: always
    healthcheck: { disable: false }
  immich-machine-learning:
    container_name: immich_machine_learning
    image: ghcr.io/immich-app/immich-machine-learning:\${IMMICH_VERSION:-release}
    volumes: [ "model-cache:/cache" ]
    env_file: [.env]
    restart: always
  redis:
    container_name: immich_redis
    image: docker.io/redis:6.2-alpine@sha256:eaba718fecd1196d88533de7ba49bf903ad33664a92debb24660a922ecd9cac8
    healthcheck: { test: redis-cli ping || exit 1 }
    restart: always
  database:
    container_name: immich_postgres
    image: docker.io/tensorchord/pgvecto-rs:pg14-v0.2.0
    environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}", POSTGRES_USER: "\${DB_USERNAME}", POSTGRES_INITDB_ARGS: "--data-checksums" }
    volumes: [ "\${DB_DATA_LOCATION}:/var/lib/postgresql/data" ]
    healthcheck:
      test: >-
        pg_isready --dbname="$\${POSTGRES_DB}" --username="$\${POSTGRES_USER}" || exit 1;
        Chksum="$$(psql --tuples-only --no-align
        --command='SELECT COALESCE(SUM(checksum_failures), 0) FROM pg_stat_database')";
        echo "checksum failure count is $$Chksum"
      interval: 5m
      start_interval: 30s
      start_period: 5m
    command: >-
      postgres -c shared_preload_libraries=vectors.so -c 'search_path="$$user", public, vectors'
      -c max_wal_size=2GB
    shm_size: 128mb
    restart: always
volumes: { model-cache: }
`,
    {
      '.env':
        'UPLOAD_LOCATION=./library\nDB_DATA_LOCATION=./postgres\nIMMICH_VERSION=v1.120\nDB_PASSWORD=postgres\n# not to be changed\nDB_USERNAME=postgres\n',
      'hwaccel.transcoding.yml':
        'services:\n  cpu: {}\n  nvenc:\n    deploy: { resources: { reservations: { devices: [{ driver: nvidia, count: 1, capabilities: [gpu, compute, video] }] } } }\n',
    },
  ),
  compose(
    'documents, like Paperless',
    `
services:
  broker: { image: docker.io/library/redis:7, restart: unless-stopped, volumes: [ "redisdata:/data" ] }
  webserver:
    image: ghcr.io/paperless-ngx/paperless-ngx:latest
    restart: unless-stopped
    depends_on: [broker, gotenberg, tika]
    ports: [ 8000:8000 ]
    volumes: [ "data:/usr/src/paperless/data", "./export:/usr/src/paperless/export", "./consume:/usr/src/paperless/consume" ]
    env_file: docker-compose.env
    environment:
      PAPERLESS_REDIS: redis://broker:6379
      PAPERLESS_TIKA_ENABLED: 1
      PAPERLESS_TIKA_ENDPOINT: http://tika:9998
  gotenberg:
    image: docker.io/gotenberg/gotenberg:8
    command: [ gotenberg, --chromium-disable-javascript=true, "--chromium-allow-list=file:///tmp/.*" ]
  tika: { image: "docker.io/apache/tika:latest" }
volumes: { data: , redisdata: }
`,
    {
      'docker-compose.env':
        "# settings\nPAPERLESS_URL=https://paperless.lan\nPAPERLESS_SECRET_KEY='a$b#c'\nUSERMAP_UID=1000\n",
    },
  ),
  compose(
    'Prometheus and Grafana',
    `
x-limits: &limits { deploy: { resources: { limits: { cpus: "0.50", memory: 256M } } } }
services:
  prometheus:
    <<: *limits
    image: prom/prometheus:v2.55.0
    command: [ '--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.retention.time=\${RETENTION:-30d}', --web.enable-lifecycle ]
    configs: [ { source: prometheus, target: /etc/prometheus/prometheus.yml } ]
    volumes: [ "prometheus:/prometheus" ]
    expose: [9090]
    user: "65534:65534"
    extra_hosts: [ "host.docker.internal:host-gateway" ]
  node-exporter:
    image: quay.io/prometheus/node-exporter:latest
    command: [ '--path.rootfs=/host', '--collector.filesystem.mount-points-exclude=^/(sys|proc|dev|host|etc)($$|/)' ]
    network_mode: host
    pid: host
    volumes: [ '/:/host:ro,rslave' ]
  cadvisor:
    image: gcr.io/cadvisor/cadvisor
    privileged: true
    devices: [ /dev/kmsg ]
    volumes: [ /:/rootfs:ro, /var/run:/var/run:ro, /sys:/sys:ro, /var/lib/docker/:/var/lib/docker:ro ]
  grafana:
    image: grafana/grafana:11.2.0
    environment: { GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana, GF_USERS_ALLOW_SIGN_UP: false }
    secrets: [grafana]
    ports: [ "3000:3000" ]
    depends_on: { prometheus: { condition: service_started, restart: true } }
configs:
  prometheus:
    content: |
      global: { scrape_interval: 15s }
      scrape_configs:
        - job_name: node
          static_configs: [{ targets: ['\${NODE:-node-exporter}:9100'] }]
secrets: { grafana: { environment: GRAFANA_PASSWORD } }
volumes: { prometheus: { driver: local, driver_opts: { type: none, o: bind, device: ./prometheus } } }
`,
    { '.env': 'GRAFANA_PASSWORD=x\n' },
  ),
  compose(
    'Traefik with labels',
    `
services:
  traefik:
    image: traefik:v3.1
    command:
      - "--providers.docker=true"
      - "--certificatesresolvers.le.acme.email=\${ACME_EMAIL:?}"
    ports: [ "80:80", { target: 443, published: "443", protocol: tcp, mode: host }, { target: 443, published: "443", protocol: udp, mode: host } ]
    volumes: [ "/var/run/docker.sock:/var/run/docker.sock:ro", "./acme.json:/acme.json" ]
    labels: { traefik.enable: false }
  whoami:
    image: traefik/whoami
    labels:
      - "traefik.enable=true"
      - "traefik.http.routers.whoami.rule=Host(\`whoami.\${DOMAIN}\`) && PathPrefix(\`/\`)"
      - "traefik.http.middlewares.auth.basicauth.users=admin:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/"
networks: { default: { name: proxy, external: true } }
`,
    { '.env': 'ACME_EMAIL=me@example.com\nDOMAIN=home.lan\n' },
  ),
  compose(
    'Gitea',
    `
version: "3"
networks: { gitea: { external: false } }
services:
  server:
    image: gitea/gitea:1.22
    environment: [ USER_UID=1000, GITEA__database__DB_TYPE=postgres, "GITEA__database__HOST=db:5432" ]
    networks: [gitea]
    volumes: [ ./gitea:/data, /etc/timezone:/etc/timezone:ro ]
    ports: [ "3000:3000", "222:22" ]
    depends_on: [db]
  db: { image: postgres:14, networks: [gitea], volumes: [ ./postgres:/var/lib/postgresql/data ] }
`,
  ),
  compose(
    'Home Assistant with Zigbee and MQTT',
    `
services:
  homeassistant:
    image: "ghcr.io/home-assistant/home-assistant:stable"
    volumes: [ ./config:/config, /run/dbus:/run/dbus:ro ]
    privileged: true
    network_mode: host
    restart: unless-stopped
  zigbee2mqtt:
    image: koenkk/zigbee2mqtt
    devices: [ "/dev/serial/by-id/usb-ITead_Sonoff:/dev/ttyACM0" ]
    group_add: [dialout]
    user: 1000:1000
    depends_on: [mosquitto]
    environment: [TZ]
  mosquitto: { image: eclipse-mosquitto:2, ports: [ "1883:1883" ], init: true, sysctls: { net.core.somaxconn: 1024 } }
`,
    { '.env': 'TZ=Europe/Berlin\n' },
  ),
  compose(
    'Vaultwarden with backup by profile',
    `
services:
  vaultwarden:
    image: vaultwarden/server:latest
    environment: { DOMAIN: "https://vw.lan", ADMIN_TOKEN: '$$argon2id$$v=19$$m=65540', SIGNUPS_ALLOWED: "false" }
    volumes: [ ./vw-data/:/data/ ]
    ports: [ 127.0.0.1:8080:80 ]
  backup:
    profiles: [backup]
    image: offen/docker-volume-backup:v2
    volumes_from: [ "vaultwarden:ro" ]
    depends_on: [vaultwarden]
`,
  ),
  {
    ...compose(
      'a profile that needs another service',
      'services: { a: { image: i }, b: { image: i, profiles: [backup], volumes_from: ["a:ro"] } }',
    ),
    profiles: ['backup'],
  },
  compose(
    'downloads behind a VPN',
    `
x-arr: &arr
  restart: unless-stopped
  environment: &arr-env { PUID: 1000, PGID: 1000, TZ: "\${TZ}", UMASK: 002 }
services:
  gluetun:
    image: qmcgaw/gluetun
    cap_add: [NET_ADMIN]
    devices: [/dev/net/tun:/dev/net/tun]
    ports: [ 8080:8080/tcp, 6881:6881, 6881:6881/udp ]
    environment: { VPN_SERVICE_PROVIDER: custom, WIREGUARD_PRIVATE_KEY: "\${WG_KEY}", FIREWALL_OUTBOUND_SUBNETS: 192.168.0.0/24 }
    healthcheck: { test: wget -q --spider http://localhost:9999, interval: 20s }
    sysctls: [ net.ipv6.conf.all.disable_ipv6=1 ]
  qbittorrent:
    <<: *arr
    image: lscr.io/linuxserver/qbittorrent
    network_mode: "service:gluetun"
    depends_on: { gluetun: { condition: service_healthy, restart: true } }
    environment: { <<: *arr-env, WEBUI_PORT: 8080 }
    volumes: [ "\${MEDIA}/torrents:/data/torrents", qbit:/config ]
  sonarr: { <<: *arr, image: "lscr.io/linuxserver/sonarr", ports: [ 8989:8989 ], volumes: [ "sonarr:/config", "\${MEDIA}:/data" ] }
  radarr: { <<: *arr, image: "lscr.io/linuxserver/radarr", ports: [ 7878:7878 ], volumes: [ "radarr:/config", "\${MEDIA}:/data" ], links: [qbittorrent] }
volumes: { qbit: , sonarr: , radarr: }
`,
    { '.env': 'TZ=Etc/UTC\nWG_KEY="abc=="\nMEDIA=/srv/media\n' },
  ),
]
