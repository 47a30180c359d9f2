-- What everyone may ask for is kept as running totals, so that no answer adds up a history.

-- CreateTable
CREATE TABLE "counters" (
    "name" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "counters_pkey" PRIMARY KEY ("name")
);

INSERT INTO "counters" ("name", "count") SELECT 'devices', count(*) FROM "devices";

-- CreateTable
CREATE TABLE "refusal_totals" (
    "code" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "refusal_totals_pkey" PRIMARY KEY ("code","shard")
);

INSERT INTO "refusal_totals" ("code", "shard", "count") SELECT "code", 0, sum("count") FROM "refusal_counts" GROUP BY "code";

-- CreateTable
CREATE TABLE "device_totals" (
    "device" BYTEA NOT NULL,
    "records" BIGINT NOT NULL,
    "last_at" BIGINT NOT NULL,

    CONSTRAINT "device_totals_pkey" PRIMARY KEY ("device")
);

INSERT INTO "device_totals" ("device", "records", "last_at")
SELECT "device", sum("total_records"), max("last_at") FROM "totals" GROUP BY "device";

-- Updated over and over: room on the page keeps their one index untouched.
ALTER TABLE "counters" SET (fillfactor = 50);
ALTER TABLE "refusal_totals" SET (fillfactor = 50);
ALTER TABLE "device_totals" SET (fillfactor = 70);
