-- Several owners may propose for one device, and several devices may go by one IMEI: the device's signature decides.
ALTER TABLE "proposals" DROP CONSTRAINT "proposals_pkey", ADD CONSTRAINT "proposals_pkey" PRIMARY KEY ("device", "owner"),
  ADD COLUMN "release_deadline" DECIMAL(78,0), ADD COLUMN "release_signature" BYTEA;
ALTER TABLE "imeis" DROP CONSTRAINT "imeis_pkey", ADD CONSTRAINT "imeis_pkey" PRIMARY KEY ("imei", "device");
