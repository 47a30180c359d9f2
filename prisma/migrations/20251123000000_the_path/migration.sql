-- Generated from schema.prisma by `prisma migrate diff`, then mended by hand where Prisma has no words: partitions, the partial index,
-- storage. It makes no schema: a user who may only use `public` can apply it.

-- CreateTable
CREATE TABLE "networks" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "chain_id" BIGINT NOT NULL,
    "deployer" BYTEA NOT NULL,
    "nonce" BIGINT NOT NULL,
    "registry" BYTEA,
    "ledger" BYTEA,
    "rewards" BYTEA,
    "token" BYTEA,
    "block" BIGINT,

    CONSTRAINT "networks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "devices" (
    "address" BYTEA NOT NULL,
    "curve" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "model" TEXT NOT NULL,
    "cell" BIGINT NOT NULL,
    "owner" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "attested" BOOLEAN NOT NULL,
    "revoked" BOOLEAN NOT NULL,
    "block" BIGINT NOT NULL,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "terms" (
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "holder" BYTEA NOT NULL,

    CONSTRAINT "terms_pkey" PRIMARY KEY ("device","term")
);

-- CreateTable
CREATE TABLE "imeis" (
    "imei" TEXT NOT NULL,
    "device" BYTEA NOT NULL,

    CONSTRAINT "imeis_pkey" PRIMARY KEY ("imei")
);

-- CreateTable
CREATE TABLE "proposals" (
    "device" BYTEA NOT NULL,
    "imei" TEXT,
    "owner" BYTEA NOT NULL,
    "curve" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "cell" BIGINT NOT NULL,
    "nonce" DECIMAL(78,0) NOT NULL,
    "deadline" DECIMAL(78,0) NOT NULL,
    "owner_signature" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "proposed_at" BIGINT NOT NULL,

    CONSTRAINT "proposals_pkey" PRIMARY KEY ("device")
);

-- CreateTable
CREATE TABLE "cursors" (
    "name" TEXT NOT NULL,
    "block" BIGINT NOT NULL,
    "block_hash" BYTEA NOT NULL,

    CONSTRAINT "cursors_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "packet_keys" (
    "device" BYTEA NOT NULL,
    "sequence" BIGINT NOT NULL,
    "digest" BYTEA NOT NULL,
    "accepted_at" BIGINT NOT NULL,
    "lane" INTEGER NOT NULL,
    "log_index" BIGINT,
    "height" BIGINT,

    CONSTRAINT "packet_keys_pkey" PRIMARY KEY ("device","sequence")
);

-- CreateTable
CREATE TABLE "packets" (
    "device" BYTEA NOT NULL,
    "sequence" BIGINT NOT NULL,
    "accepted_at" BIGINT NOT NULL,
    "format" SMALLINT NOT NULL,
    "term" INTEGER NOT NULL,
    "readings" INTEGER NOT NULL,
    "quality" SMALLINT NOT NULL,
    "from_at" BIGINT NOT NULL,
    "to_at" BIGINT NOT NULL,
    "flags" TEXT[],
    "signature" BYTEA NOT NULL,
    "raw" BYTEA NOT NULL,

    CONSTRAINT "packets_pkey" PRIMARY KEY ("device","sequence","accepted_at")
) PARTITION BY RANGE ("accepted_at");

-- Signed bytes hardly compress; trying costs more than it saves.
ALTER TABLE "packets" ALTER COLUMN "raw" SET STORAGE EXTERNAL;

-- CreateTable
CREATE TABLE "refusals" (
    "source" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "first_at" BIGINT NOT NULL,
    "last_at" BIGINT NOT NULL,
    "facts" JSONB NOT NULL,
    "digest" BYTEA,
    "raw" BYTEA NOT NULL,

    CONSTRAINT "refusals_pkey" PRIMARY KEY ("source","code","slot")
);

-- CreateTable
CREATE TABLE "refusal_counts" (
    "source" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "from" BIGINT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "refusal_counts_pkey" PRIMARY KEY ("source","code","from")
);

-- CreateTable
CREATE TABLE "batches" (
    "lane" INTEGER NOT NULL,
    "height" BIGINT NOT NULL,
    "from" BIGINT NOT NULL,
    "size" BIGINT NOT NULL,
    "root" BYTEA NOT NULL,
    "witness_root" BYTEA NOT NULL,
    "summary_root" BYTEA NOT NULL,
    "data_hash" BYTEA NOT NULL,
    "layout_version" INTEGER NOT NULL,
    "closed_at" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "transaction" BYTEA,
    "block" BIGINT,
    "settled_at" BIGINT,

    CONSTRAINT "batches_pkey" PRIMARY KEY ("lane","height")
);

-- CreateTable
CREATE TABLE "tiles" (
    "lane" INTEGER NOT NULL,
    "level" INTEGER NOT NULL,
    "index" BIGINT NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "tiles_pkey" PRIMARY KEY ("lane","level","index")
);

-- CreateTable
CREATE TABLE "summaries" (
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "lane" INTEGER NOT NULL,
    "height" BIGINT NOT NULL,
    "first" BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    "total_records" BIGINT NOT NULL,
    "total_score" BIGINT NOT NULL,
    "previous_lane" INTEGER NOT NULL,
    "previous_height" BIGINT NOT NULL,

    CONSTRAINT "summaries_pkey" PRIMARY KEY ("device","term","lane","height")
);

-- CreateTable
CREATE TABLE "totals" (
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "total_records" BIGINT NOT NULL,
    "total_score" BIGINT NOT NULL,
    "lane" INTEGER NOT NULL,
    "height" BIGINT NOT NULL,
    "last_at" BIGINT NOT NULL,

    CONSTRAINT "totals_pkey" PRIMARY KEY ("device","term")
);

-- CreateTable
CREATE TABLE "calls" (
    "key" TEXT NOT NULL,
    "queued" BIGSERIAL NOT NULL,
    "to" BYTEA NOT NULL,
    "data" BYTEA NOT NULL,
    "gas" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "nonce" BIGINT,
    "hash" BYTEA,
    "block" BIGINT,
    "gas_used" BIGINT,

    CONSTRAINT "calls_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "attempts" (
    "hash" BYTEA NOT NULL,
    "order" BIGSERIAL NOT NULL,
    "call_key" TEXT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "raw" BYTEA NOT NULL,
    "sent_at" BIGINT NOT NULL,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "epochs" (
    "epoch" BIGINT NOT NULL,
    "heights" BIGINT[],
    "total_weight" DECIMAL(78,0) NOT NULL,
    "total_earned" DECIMAL(78,0) NOT NULL,
    "weights_root" BYTEA NOT NULL,
    "earnings_root" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "transaction" BYTEA,

    CONSTRAINT "epochs_pkey" PRIMARY KEY ("epoch")
);

-- CreateTable
CREATE TABLE "earnings" (
    "epoch" BIGINT NOT NULL,
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "holder" BYTEA NOT NULL,
    "records" BIGINT NOT NULL,
    "score" BIGINT NOT NULL,
    "weight" BIGINT NOT NULL,
    "amount" DECIMAL(78,0) NOT NULL,
    "cumulative" DECIMAL(78,0) NOT NULL,

    CONSTRAINT "earnings_pkey" PRIMARY KEY ("epoch","device","term")
);

-- CreateTable
CREATE TABLE "claims" (
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "cumulative" DECIMAL(78,0) NOT NULL,
    "amount" DECIMAL(78,0) NOT NULL,
    "holder" BYTEA NOT NULL,
    "transaction" BYTEA NOT NULL,
    "block" BIGINT NOT NULL,

    CONSTRAINT "claims_pkey" PRIMARY KEY ("device","term","cumulative")
);

-- CreateTable
CREATE TABLE "chain_journal" (
    "order" BIGSERIAL NOT NULL,
    "hash" BYTEA NOT NULL,
    "raw" BYTEA NOT NULL,

    CONSTRAINT "chain_journal_pkey" PRIMARY KEY ("order")
);

-- What no batch holds yet, oldest first. Partial: it stays as small as the queue.
CREATE INDEX "packet_keys_pending_idx" ON "packet_keys"("lane", "accepted_at", "device", "sequence") WHERE "log_index" IS NULL;

-- A place in the log is taken once; and the records of a batch, in order. Partial: it costs a packet nothing until its batch is cut.
CREATE UNIQUE INDEX "packet_keys_log_key" ON "packet_keys"("lane", "log_index") WHERE "log_index" IS NOT NULL;

-- Batches on their way to the chain, among all that are settled.
CREATE INDEX "batches_unsettled_idx" ON "batches"("lane", "height") WHERE "state" <> 'settled';

-- Every key is updated once, when its batch is cut: vacuum before the queue's index is long with the dead.
ALTER TABLE "packet_keys" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Updated by every batch: room on the page keeps its one index untouched.
ALTER TABLE "totals" SET (fillfactor = 70);

-- CreateIndex
CREATE INDEX "devices_owner_address_idx" ON "devices"("owner", "address");

-- CreateIndex
CREATE INDEX "imeis_device_idx" ON "imeis"("device");

-- CreateIndex
CREATE INDEX "packets_device_to_at_idx" ON "packets"("device", "to_at");

-- CreateIndex
CREATE INDEX "refusals_source_last_at_idx" ON "refusals"("source", "last_at");

-- CreateIndex
CREATE INDEX "refusals_last_at_idx" ON "refusals"("last_at");

-- CreateIndex
CREATE INDEX "batches_lane_closed_at_idx" ON "batches"("lane", "closed_at");

-- CreateIndex
CREATE UNIQUE INDEX "batches_lane_from_key" ON "batches"("lane", "from");

-- CreateIndex
CREATE INDEX "summaries_lane_height_idx" ON "summaries"("lane", "height");

-- CreateIndex
CREATE INDEX "calls_state_idx" ON "calls"("state");

-- CreateIndex
CREATE INDEX "attempts_call_key_order_idx" ON "attempts"("call_key", "order");

-- CreateIndex
CREATE INDEX "attempts_nonce_idx" ON "attempts"("nonce");

-- CreateIndex
CREATE INDEX "epochs_state_idx" ON "epochs"("state");

-- CreateIndex
CREATE INDEX "claims_block_idx" ON "claims"("block");

-- CreateIndex
CREATE UNIQUE INDEX "chain_journal_hash_key" ON "chain_journal"("hash");

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_call_key_fkey" FOREIGN KEY ("call_key") REFERENCES "calls"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "earnings" ADD CONSTRAINT "earnings_epoch_fkey" FOREIGN KEY ("epoch") REFERENCES "epochs"("epoch") ON DELETE CASCADE ON UPDATE CASCADE;


