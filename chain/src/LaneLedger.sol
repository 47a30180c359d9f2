// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ILaneLedger} from "./interfaces/ILaneLedger.sol";
import {LogFormat} from "./lib/LogFormat.sol";
import {Rfc6962} from "./lib/Rfc6962.sol";

contract LaneLedger is ILaneLedger {
    /// @dev Two slots. A lane of 10^6 records a second fills `size` in 580,000 years.
    struct Lane {
        uint64 size;
        uint64 height;
        uint64 closedAt;
        bytes32 root;
    }

    /// @dev A gateway's clock may run ahead of the block's; further ahead, a batch would move into an epoch that is not yet.
    uint256 private constant MAX_CLOCK_LEAD = 10 minutes;

    /**
     * @dev Most records of one batch. Whoever checks a batch holds all of it at once, bodies and signatures: 65,536 are 9 MB, read and hashed in
     * seconds. Without a bound one false batch could claim 2^64 records: nobody could check it, and the lane's index would be used up.
     */
    uint64 private constant MAX_BATCH = 65_536;

    uint32 public immutable override lanes;
    address private immutable _proposer;
    mapping(uint32 lane => Lane) private _lanes;
    mapping(uint32 lane => mapping(uint64 height => bytes32 headerHash)) private _headerHashes;

    constructor(uint32 lanes_, address proposer) {
        lanes = lanes_;
        _proposer = proposer;
    }

    /// @inheritdoc ILaneLedger
    function settle(Header calldata header, bytes32[] calldata consistencyProof) external override {
        if (header.lane >= lanes) revert UnknownLane(lanes, header.lane);
        if (msg.sender != _proposer) revert NotProposer(_proposer, msg.sender);
        Lane storage lane = _lanes[header.lane];
        (uint64 size, uint64 height, uint64 closedAt) = (lane.size, lane.height, lane.closedAt);
        _checkOrder(header, size, height, closedAt);
        bytes32 root = size == 0 ? Rfc6962.EMPTY_ROOT : lane.root;
        if (!Rfc6962.isConsistent(size, header.size, root, header.root, consistencyProof)) {
            revert NotAnExtension(size, header.size);
        }

        bytes32 headerHash = keccak256(abi.encode(header));
        (lane.size, lane.height, lane.closedAt, lane.root) = (header.size, header.height, header.closedAt, header.root);
        _headerHashes[header.lane][header.height] = headerHash;
        emit Settled(header.lane, header.height, header.from, header.size, header.root, headerHash);
    }

    /// @inheritdoc ILaneLedger
    function laneOf(uint32 lane)
        external
        view
        override
        returns (uint64 size, uint64 height, uint64 closedAt, bytes32 root)
    {
        Lane storage settled = _lanes[lane];
        (size, height, closedAt) = (settled.size, settled.height, settled.closedAt);
        root = size == 0 ? Rfc6962.EMPTY_ROOT : settled.root;
    }

    /// @inheritdoc ILaneLedger
    function headerHashOf(uint32 lane, uint64 height) external view override returns (bytes32) {
        return _headerHashes[lane][height];
    }

    /// @inheritdoc ILaneLedger
    function verifyRecord(Header calldata header, bytes calldata body, uint64 index, bytes32[] calldata proof)
        external
        view
        override
        returns (bool)
    {
        // Not only any leaf: a body of another length is no record, whatever the tree holds.
        if (body.length != LogFormat.RECORD_BYTES) return false;
        if (_headerHashes[header.lane][header.height] != keccak256(abi.encode(header))) return false;
        return Rfc6962.isIncluded(Rfc6962.leafHash(body), index, header.size, proof, header.root);
    }

    /// @inheritdoc ILaneLedger
    function proposerOf(uint32 lane) external view override returns (address) {
        if (lane >= lanes) revert UnknownLane(lanes, lane);
        return _proposer;
    }

    function _checkOrder(Header calldata header, uint64 size, uint64 height, uint64 closedAt) private view {
        if (header.height != height + 1) revert HeightOutOfOrder(height + 1, header.height);
        if (header.from != size) revert CheckpointOutOfOrder(size, header.from);
        if (header.size <= size) revert EmptyBatch(size, header.size);
        if (header.size - size > MAX_BATCH) revert BatchTooLarge(MAX_BATCH, header.size - size);
        if (header.closedAt < closedAt) revert ClosedBeforePrevious(closedAt, header.closedAt);
        uint256 latest = (block.timestamp + MAX_CLOCK_LEAD) * 1000;
        if (header.closedAt > latest) revert ClosedInFuture(latest, header.closedAt);
    }
}
