-- A registration's grade is read from the chain; until it is read anew, a row keeps the grade that was shown for it so far.
ALTER TABLE "devices" ADD COLUMN "grade" TEXT;
UPDATE "devices" SET "grade" = CASE WHEN "attested" THEN 'attested' WHEN "model" LIKE 'pebble%' THEN 'legacy' ELSE 'full' END;
ALTER TABLE "devices" ALTER COLUMN "grade" SET NOT NULL, DROP COLUMN "attested";
