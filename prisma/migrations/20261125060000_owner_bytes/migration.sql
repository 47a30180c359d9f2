-- How many bytes each owner's devices have had stored on a day. Gateways add to it now and then, and share it.

CREATE TABLE "owner_bytes" (
    "day" INTEGER NOT NULL,
    "owner" BYTEA NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "owner_bytes_pkey" PRIMARY KEY ("day","owner")
);
