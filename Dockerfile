# One image for the gateway, the sub-chain and the simulated fleet. Builds with or without BuildKit.
FROM node:20-bookworm-slim AS build
WORKDIR /cairn
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
RUN npm run build

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /cairn
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error && mkdir -p /data /keys && chown node:node /data /keys
COPY --from=build /cairn/dist ./dist
COPY sdk/cairn.mjs ./sdk/cairn.mjs
USER node
VOLUME ["/data", "/keys"]
EXPOSE 8080 1883 8545
CMD ["node", "dist/gateway/main.js"]
