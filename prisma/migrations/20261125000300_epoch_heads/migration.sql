-- An epoch's head tells what its lines add up to, so that nobody has to read them for it; a line is kept where its epoch added something.

ALTER TABLE "epochs"
    ADD COLUMN "terms" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "earners" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "earned" DECIMAL(78,0) NOT NULL DEFAULT 0;

UPDATE "epochs" e SET "terms" = l."terms", "earners" = l."earners", "earned" = l."earned"
FROM (
    SELECT "epoch", count(*) AS "terms", count(*) FILTER (WHERE "amount" > 0) AS "earners", sum("amount") AS "earned"
    FROM "earnings" GROUP BY "epoch"
) l
WHERE l."epoch" = e."epoch";

ALTER TABLE "epochs"
    ALTER COLUMN "terms" DROP DEFAULT,
    ALTER COLUMN "earners" DROP DEFAULT,
    ALTER COLUMN "earned" DROP DEFAULT;

-- CreateTable
CREATE TABLE "earning_terms" (
    "device" BYTEA NOT NULL,
    "term" INTEGER NOT NULL,
    "first_epoch" BIGINT NOT NULL,

    CONSTRAINT "earning_terms_pkey" PRIMARY KEY ("device","term")
);

INSERT INTO "earning_terms" ("device", "term", "first_epoch")
SELECT "device", "term", min("epoch") FROM "earnings" GROUP BY "device", "term";

ALTER TABLE "earnings" DROP CONSTRAINT "earnings_epoch_fkey", DROP CONSTRAINT "earnings_pkey";

DELETE FROM "earnings" e USING "earning_terms" t
WHERE t."device" = e."device" AND t."term" = e."term" AND e."epoch" > t."first_epoch"
    AND e."records" = 0 AND e."score" = 0 AND e."amount" = 0;

ALTER TABLE "earnings" ADD CONSTRAINT "earnings_pkey" PRIMARY KEY ("device","term","epoch");

-- CreateIndex
CREATE INDEX "earnings_device_epoch_term_idx" ON "earnings"("device", "epoch", "term");

-- The newest final epoch is found from the newest backwards; those under way are few.
DROP INDEX "epochs_state_idx";
CREATE INDEX "epochs_open_idx" ON "epochs"("epoch") WHERE "state" <> 'final';

-- Claims are listed newest first, of everyone or of one device: each list is the beginning of an index.
DROP INDEX "claims_block_idx";
CREATE INDEX "claims_block_device_term_cumulative_idx" ON "claims"("block" DESC, "device", "term", "cumulative" DESC);
CREATE INDEX "claims_device_block_term_cumulative_idx" ON "claims"("device", "block" DESC, "term", "cumulative" DESC);
