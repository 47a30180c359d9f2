// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/**
 * @title The settled state of every lane's log.
 * @notice Append-only by force of the contract: a settlement counts only with the RFC 6962 proof that the new log begins with the old one.
 */
interface ILaneLedger {
    /**
     * @dev A batch's public header; `sdk/log/header.ts` hashes the same ten words.
     * @param height Counts from 1 in each lane.
     * @param from The lane log's size before the batch.
     * @param size The lane log's size after it: at least one record more, at most 65,536.
     * @param root Root of the lane log at `size`.
     * @param dataHash SHA-256 of the published bodies file.
     * @param closedAt Unix milliseconds.
     */
    struct Header {
        uint32 lane;
        uint64 height;
        uint64 from;
        uint64 size;
        bytes32 root;
        bytes32 witnessRoot;
        bytes32 summaryRoot;
        bytes32 dataHash;
        uint32 layoutVersion;
        uint64 closedAt;
    }

    event Settled(
        uint32 indexed lane, uint64 indexed height, uint64 from, uint64 size, bytes32 root, bytes32 headerHash
    );

    error UnknownLane(uint32 lanes, uint32 given);
    error NotProposer(address expected, address given);
    error HeightOutOfOrder(uint64 expected, uint64 given);
    error CheckpointOutOfOrder(uint64 expected, uint64 given);
    error EmptyBatch(uint64 from, uint64 size);
    error BatchTooLarge(uint64 most, uint64 given);
    error ClosedBeforePrevious(uint64 previous, uint64 given);
    /// @dev Milliseconds: the latest closing time that this block allows, and the one given.
    error ClosedInFuture(uint256 latest, uint64 given);
    error NotAnExtension(uint64 from, uint64 size);

    /// @notice Appends one batch to a lane. Only the lane's proposer.
    /// @param consistencyProof RFC 6962 proof from (`from`, the settled root) to (`size`, `root`); empty for the first batch.
    function settle(Header calldata header, bytes32[] calldata consistencyProof) external;

    /// @notice A lane's newest settled checkpoint. An untouched lane has size 0 and the root of the empty tree.
    function laneOf(uint32 lane) external view returns (uint64 size, uint64 height, uint64 closedAt, bytes32 root);

    /// @notice keccak256(abi.encode(header)) of a settled batch, zero above the newest.
    function headerHashOf(uint32 lane, uint64 height) external view returns (bytes32);

    /// @notice Whether the record body stands at `index` of the lane log under this settled header.
    function verifyRecord(Header calldata header, bytes calldata body, uint64 index, bytes32[] calldata proof)
        external
        view
        returns (bool);

    function proposerOf(uint32 lane) external view returns (address);

    /// @notice How many lanes there are: 0 to lanes − 1.
    function lanes() external view returns (uint32);
}
