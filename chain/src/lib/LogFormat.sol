// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title The log's bytes, big-endian and of fixed width. `sdk/log/record.ts` and `sdk/log/summary.ts` write the same.
library LogFormat {
    uint256 internal constant RECORD_BYTES = 76;
    uint256 internal constant SUMMARY_BYTES = 68;
    uint8 internal constant RECORD_VERSION = 1;

    /// @param format 1 COSE ES256K, 2 COSE ES256, 3 Pebble, 4 clip manifest.
    /// @param quality Basis points.
    /// @param acceptedAt Unix milliseconds.
    struct Record {
        uint8 version;
        uint8 format;
        uint16 quality;
        uint32 readings;
        uint64 sequence;
        uint64 acceptedAt;
        address device;
        bytes32 digest;
    }

    /// @dev One term's part of a batch: records `first` to `end` − 1 of the lane log, totals since registration.
    struct Summary {
        address device;
        uint32 term;
        uint64 first;
        uint64 end;
        uint64 totalRecords;
        uint64 totalScore;
        uint32 previousLane;
        uint64 previousHeight;
    }

    error WrongLength(uint256 expected, uint256 given);
    error UnknownRecordVersion(uint8 given);

    function readRecord(bytes calldata body) internal pure returns (Record memory record) {
        if (body.length != RECORD_BYTES) revert WrongLength(RECORD_BYTES, body.length);
        record.version = uint8(body[0]);
        if (record.version != RECORD_VERSION) revert UnknownRecordVersion(record.version);
        record.format = uint8(body[1]);
        record.quality = uint16(bytes2(body[2:4]));
        record.readings = uint32(bytes4(body[4:8]));
        record.sequence = uint64(bytes8(body[8:16]));
        record.acceptedAt = uint64(bytes8(body[16:24]));
        record.device = address(bytes20(body[24:44]));
        record.digest = bytes32(body[44:76]);
    }

    function readSummary(bytes calldata leaf) internal pure returns (Summary memory summary) {
        if (leaf.length != SUMMARY_BYTES) revert WrongLength(SUMMARY_BYTES, leaf.length);
        summary.device = address(bytes20(leaf[0:20]));
        summary.term = uint32(bytes4(leaf[20:24]));
        summary.first = uint64(bytes8(leaf[24:32]));
        summary.end = uint64(bytes8(leaf[32:40]));
        summary.totalRecords = uint64(bytes8(leaf[40:48]));
        summary.totalScore = uint64(bytes8(leaf[48:56]));
        summary.previousLane = uint32(bytes4(leaf[56:60]));
        summary.previousHeight = uint64(bytes8(leaf[60:68]));
    }

    /// @dev 56 bytes. The widths are fixed, so nothing can be read two ways.
    function earningsLeaf(address device, uint32 term, uint256 amount) internal pure returns (bytes memory) {
        return bytes.concat(bytes20(device), bytes4(term), bytes32(amount));
    }

    /// @dev 40 bytes.
    function weightsLeaf(address device, uint32 term, uint64 score, uint64 weight)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(bytes20(device), bytes4(term), bytes8(score), bytes8(weight));
    }
}
