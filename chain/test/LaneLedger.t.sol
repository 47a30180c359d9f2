// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {Rfc6962} from "../src/lib/Rfc6962.sol";
import {Network} from "./Network.sol";
import {Trees} from "./Trees.sol";

contract LaneLedgerTest is Network {
    bytes32[] private none;

    function test_laneOf_startsAsTheEmptyLog() external view {
        (uint64 size, uint64 height, uint64 closedAt, bytes32 root) = ledger.laneOf(0);
        vm.assertEq(size + height + closedAt, 0);
        vm.assertEq(root, sha256(""));
        vm.assertEq(ledger.proposerOf(0), PROPOSER);
    }

    function test_settle_keepsTheCheckpointAndTheHeaderHash() external {
        ILaneLedger.Header memory header = _header(1, 0, 3, "root");
        vm.expectEmit(address(ledger));
        emit ILaneLedger.Settled(0, 1, 0, 3, "root", keccak256(abi.encode(header)));
        _settle(header, none);

        (uint64 size, uint64 height, uint64 closedAt, bytes32 root) = ledger.laneOf(0);
        vm.assertEq(size, 3);
        vm.assertEq(height, 1);
        vm.assertEq(closedAt, header.closedAt);
        vm.assertEq(root, "root");
        vm.assertEq(ledger.headerHashOf(0, 1), keccak256(abi.encode(header)));
        vm.assertEq(ledger.headerHashOf(0, 2), bytes32(0));
    }

    function test_settle_refusesAnyoneButTheProposer() external {
        vm.expectRevert(abi.encodeWithSelector(ILaneLedger.NotProposer.selector, PROPOSER, address(this)));
        ledger.settle(_header(1, 0, 1, "root"), none);
    }

    function test_settle_refusesALaneThatIsNot() external {
        ILaneLedger.Header memory header = _header(1, 0, 1, "root");
        header.lane = 1;
        _refuses(header, abi.encodeWithSelector(ILaneLedger.UnknownLane.selector, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(ILaneLedger.UnknownLane.selector, 1, 7));
        ledger.proposerOf(7);
    }

    function test_settle_refusesTheSameHeightTwice() external {
        _settleFirst();
        _refuses(_header(1, 0, 1, "other"), abi.encodeWithSelector(ILaneLedger.HeightOutOfOrder.selector, 2, 1));
    }

    function test_settle_refusesAGapInHeights() external {
        _refuses(_header(2, 0, 1, "root"), abi.encodeWithSelector(ILaneLedger.HeightOutOfOrder.selector, 1, 2));
    }

    function test_settle_refusesABatchThatStartsElsewhere() external {
        _settleFirst();
        _refuses(_header(2, 0, 2, "r"), abi.encodeWithSelector(ILaneLedger.CheckpointOutOfOrder.selector, 1, 0));
        _refuses(_header(2, 2, 3, "r"), abi.encodeWithSelector(ILaneLedger.CheckpointOutOfOrder.selector, 1, 2));
    }

    function test_settle_refusesAnEmptyBatchAndAShrinkingLog() external {
        _settleFirst();
        _refuses(_header(2, 1, 1, "r"), abi.encodeWithSelector(ILaneLedger.EmptyBatch.selector, 1, 1));
        _refuses(_header(2, 1, 0, "r"), abi.encodeWithSelector(ILaneLedger.EmptyBatch.selector, 1, 0));
    }

    function test_settle_takesABatchOf65536RecordsAndNoMore() external {
        _refuses(_header(1, 0, 65_537, "r"), abi.encodeWithSelector(ILaneLedger.BatchTooLarge.selector, 65_536, 65_537));
        (bytes32 fromRoot, bytes32 root, bytes32[] memory proof) = Trees.imagined(65_536, 131_072);
        _settle(_header(1, 0, 65_536, fromRoot), none);
        uint64 most = type(uint64).max;
        _refuses(
            _header(2, 65_536, most, root),
            abi.encodeWithSelector(ILaneLedger.BatchTooLarge.selector, 65_536, most - 65_536)
        );
        _settle(_header(2, 65_536, 131_072, root), proof);
    }

    function test_settle_refusesAClosingTimeThatGoesBack() external {
        _settleFirst();
        ILaneLedger.Header memory header = _header(2, 1, 2, "r");
        uint64 previous = header.closedAt;
        header.closedAt -= 1;
        _refuses(header, abi.encodeWithSelector(ILaneLedger.ClosedBeforePrevious.selector, previous, previous - 1));
    }

    function test_settle_takesAClosingTimeTenMinutesAheadAndNoMore() external {
        ILaneLedger.Header memory header = _header(1, 0, 1, "root");
        uint256 latest = (block.timestamp + 600) * 1000;
        header.closedAt = uint64(latest + 1);
        _refuses(header, abi.encodeWithSelector(ILaneLedger.ClosedInFuture.selector, latest, latest + 1));
        header.closedAt = uint64(latest);
        _settle(header, none);
    }

    function test_settle_refusesALogThatDoesNotExtendTheSettledOne() external {
        (bytes32 fromRoot, bytes32 root, bytes32[] memory proof) = Trees.imagined(5, 9);
        _settle(_header(1, 0, 5, fromRoot), none);
        bytes memory refusal = abi.encodeWithSelector(ILaneLedger.NotAnExtension.selector, 5, 9);
        _refuses(_header(2, 5, 9, ~root), refusal);
        vm.expectRevert(refusal);
        _settle(_header(2, 5, 9, root), none);
        proof[1] = ~proof[1];
        vm.expectRevert(refusal);
        _settle(_header(2, 5, 9, root), proof);
        proof[1] = ~proof[1];
        _settle(_header(2, 5, 9, root), proof);
    }

    function test_settle_refusesAProofBesideTheFirstBatch() external {
        vm.expectRevert(abi.encodeWithSelector(ILaneLedger.NotAnExtension.selector, 0, 1));
        _settle(_header(1, 0, 1, "root"), new bytes32[](1));
    }

    function testFuzz_settle_growsARealLogBatchByBatch(uint256 seed, uint8 batches) external {
        uint256 size;
        bytes32[] memory leaves;
        for (uint64 height = 1; height <= _bound(batches, 1, 6); ++height) {
            uint256 grown = size + 1 + uint256(keccak256(abi.encode(seed, height))) % 9;
            bytes32[] memory longer = new bytes32[](grown);
            for (uint256 i; i < grown; ++i) {
                longer[i] = i < size ? leaves[i] : keccak256(abi.encode(seed, i));
            }
            _settle(_header(height, uint64(size), uint64(grown), Trees.root(longer)), Trees.consistency(longer, size));
            (size, leaves) = (grown, longer);
        }
        (uint64 settled,,, bytes32 root) = ledger.laneOf(0);
        vm.assertEq(settled, size);
        vm.assertEq(root, Trees.root(leaves));
    }

    function test_verifyRecord_holdsForTheRecordAtItsIndexAlone() external {
        (bytes[] memory bodies, bytes32[] memory leaves) = _records(5);
        ILaneLedger.Header memory header = _header(1, 0, 5, Trees.root(leaves));
        bytes32[] memory proof = Trees.inclusion(leaves, 3);
        vm.assertFalse(ledger.verifyRecord(header, bodies[3], 3, proof));
        _settle(header, none);

        vm.assertTrue(ledger.verifyRecord(header, bodies[3], 3, proof));
        vm.assertFalse(ledger.verifyRecord(header, bodies[3], 2, proof));
        vm.assertFalse(ledger.verifyRecord(header, bodies[3], 5, proof));
        vm.assertFalse(ledger.verifyRecord(header, bodies[2], 3, proof));
        header.root = Trees.root(leaves, 0, 4);
        vm.assertFalse(ledger.verifyRecord(header, bodies[3], 3, proof));
    }

    function test_verifyRecord_refusesALeafThatIsNoRecord() external {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = Rfc6962.leafHash("short");
        ILaneLedger.Header memory header = _header(1, 0, 1, leaves[0]);
        _settle(header, none);
        vm.assertFalse(ledger.verifyRecord(header, "short", 0, none));
    }

    function _records(uint256 count) private pure returns (bytes[] memory bodies, bytes32[] memory leaves) {
        (bodies, leaves) = (new bytes[](count), new bytes32[](count));
        for (uint256 i; i < count; ++i) {
            bodies[i] = abi.encodePacked(hex"0101", bytes30(0), uint64(i), bytes4(0), bytes32("digest"));
            leaves[i] = Rfc6962.leafHash(bodies[i]);
        }
    }

    function _refuses(ILaneLedger.Header memory header, bytes memory refusal) private {
        vm.expectRevert(refusal);
        _settle(header, none);
    }
}
