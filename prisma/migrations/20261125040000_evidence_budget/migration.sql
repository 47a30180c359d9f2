-- Refusals are kept within a budget of bytes an hour; counts of old spans are folded into longer ones.

CREATE TABLE "evidence_use" (
    "hour" BIGINT NOT NULL,
    "class" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "evidence_use_pkey" PRIMARY KEY ("hour","class")
);

-- One of the first conflicts of a key: kept for ever, and looked at by no sweep.
ALTER TABLE "refusals" ADD COLUMN "kept" BOOLEAN NOT NULL DEFAULT false;

-- last_at changes with every packet. Indexed, each change wrote a new entry to every index of the row.
DROP INDEX "refusals_source_last_at_idx";
DROP INDEX "refusals_last_at_idx";
CREATE INDEX "refusals_source_first_at_idx" ON "refusals"("source", "first_at");
CREATE INDEX "refusals_forgettable_idx" ON "refusals"("first_at") WHERE NOT "kept";

ALTER TABLE "refusal_counts" ADD COLUMN "span" BIGINT NOT NULL DEFAULT 10000;
ALTER TABLE "refusal_counts" ALTER COLUMN "span" DROP DEFAULT;
ALTER TABLE "refusal_counts" DROP CONSTRAINT "refusal_counts_pkey";
ALTER TABLE "refusal_counts" ADD CONSTRAINT "refusal_counts_pkey" PRIMARY KEY ("source","code","from","span");

-- What will be folded next, oldest first.
CREATE INDEX "refusal_counts_fine_idx" ON "refusal_counts"("from") WHERE "span" = 10000;
CREATE INDEX "refusal_counts_hour_idx" ON "refusal_counts"("from") WHERE "span" = 3600000;

-- A row of these is updated by every commit that has its like. With room in its page the update touches no index, and the old version is
-- cleared away by the next one, without vacuum.
ALTER TABLE "refusals" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  toast.autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_threshold = 1000);
ALTER TABLE "refusal_counts" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "evidence_use" SET (fillfactor = 50);
