-- Each epoch stands for itself: its tree has a line for each term with records in it, which is paid once. Lines that only carried a sum on go.

ALTER TABLE "terms" ADD COLUMN "grade" TEXT;
UPDATE "terms" t SET "grade" = d."grade" FROM "devices" d WHERE d."address" = t."device";
UPDATE "terms" SET "grade" = 'full' WHERE "grade" IS NULL;
ALTER TABLE "terms" ALTER COLUMN "grade" SET NOT NULL;

-- What is final already was paid by the rules it was proposed under.
ALTER TABLE "epochs" ADD COLUMN "paid" BOOLEAN NOT NULL DEFAULT false;
UPDATE "epochs" SET "paid" = true WHERE "state" = 'final';
CREATE INDEX "epochs_unpaid_idx" ON "epochs"("epoch") WHERE "state" = 'final' AND NOT "paid" AND "earned" > 0;

DROP TABLE "earning_terms";
DELETE FROM "earnings" WHERE "records" = 0 AND "amount" = 0;
ALTER TABLE "earnings" ADD COLUMN "grade" TEXT;
UPDATE "earnings" e SET "grade" = t."grade" FROM "terms" t WHERE t."device" = e."device" AND t."term" = e."term";
UPDATE "earnings" SET "grade" = 'full' WHERE "grade" IS NULL;
ALTER TABLE "earnings" ALTER COLUMN "grade" SET NOT NULL;
ALTER TABLE "earnings" DROP CONSTRAINT "earnings_pkey";
ALTER TABLE "earnings" ADD CONSTRAINT "earnings_pkey" PRIMARY KEY ("epoch","device","term");
CREATE INDEX "earnings_device_term_epoch_idx" ON "earnings"("device", "term", "epoch");

-- Claims of before named no epoch.
ALTER TABLE "claims" ADD COLUMN "epoch" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "claims" ALTER COLUMN "epoch" DROP DEFAULT;

-- CreateTable
CREATE TABLE "earning_runs" (
    "epoch" BIGINT NOT NULL,
    "roots" BYTEA NOT NULL,

    CONSTRAINT "earning_runs_pkey" PRIMARY KEY ("epoch")
);
