// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IDeviceRegistry} from "../src/interfaces/IDeviceRegistry.sol";
import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {IRewardLedger} from "../src/interfaces/IRewardLedger.sol";
import {Network} from "./Network.sol";
import {Trees} from "./Trees.sol";

/// @dev What each call costs as a transaction of its own, in `chain/gas-snapshot.json`; `forge.mjs test` fails where a number moved.
/// forge-config: default.isolate = true
contract GasTest is Network {
    uint256 private constant SETTLE_LIMIT = 120_000;
    uint256 private constant OWNER = 0xa11ce;
    string private constant GROUP = "gas-snapshot";

    function test_settle_costsLittleForOneRecord() external {
        // An odd lane of half a year: 2^23 records and some.
        _measureSettle("settle, 1 record", 8_400_123, 8_400_124);
    }

    function test_settle_costsLittleFor256Records() external {
        _measureSettle("settle, 256 records", 8_400_123, 8_400_379);
    }

    function test_settle_costsLittleFor4096Records() external {
        _measureSettle("settle, 4096 records", 8_400_123, 8_404_219);
    }

    function test_settle_costsLittleForFullBatchesAlone() external {
        _measureSettle("settle, 4096 records on full batches", 4096 * 2730, 4096 * 2731);
    }

    function test_settle_costsLittleForTheLongestProof() external {
        // Every hash of the proof has to be folded twice: an odd size just below a power of two, outgrown.
        _measureSettle("settle, 4096 records, longest proof", (1 << 23) - 1, (1 << 23) + 4095);
    }

    function test_settle_costsLittleForAFirstBatch() external {
        ILaneLedger.Header memory header = _header(1, 0, 4096, "root");
        vm.prank(PROPOSER);
        ledger.settle(header, new bytes32[](0));
        vm.snapshotGasLastCall(GROUP, "settle, first batch of a lane");
    }

    function test_claim_costsLessTheSecondTime() external {
        rewards.fund(FUND);
        _settleFirst();
        address[] memory devices = new address[](64);
        for (uint256 i; i < 64; ++i) {
            devices[i] = _attest(0x100 + i, OWNER);
        }
        uint64 epoch = _now();
        _claimRound(epoch, devices, 7, 1, "claim, 1 line of 64, first");
        _claimRound(epoch + 1, devices, 7, 1, "claim, 1 line of 64, repeated");
        _claimRound(epoch + 2, devices, 32, 32, "claim, 32 lines of one holder, first");
        _claimRound(epoch + 3, devices, 32, 32, "claim, 32 lines of one holder, repeated");
    }

    function test_claim_costsMoreForManyHolders() external {
        rewards.fund(FUND);
        _settleFirst();
        address[] memory devices = new address[](64);
        for (uint256 i; i < 64; ++i) {
            devices[i] = _attest(0x100 + i, OWNER + i);
        }
        uint64 epoch = _now();
        _claimRound(epoch, devices, 32, 32, "claim, 32 lines of 32 holders, first");
        _claimRound(epoch + 1, devices, 32, 32, "claim, 32 lines of 32 holders, repeated");
    }

    function test_pair_costsWhatItsCurveCosts() external {
        (bytes32 x, bytes32 y) = _p256(0x77);
        address device = _addressOf(x, y);
        IDeviceRegistry.Pairing memory pairing = _pairing(device, 2, OWNER);
        bytes32 digest = _digest("Pairing", pairing);
        registry.pair(pairing, x, y, _p256Sign(0x77, digest), _ownerSign(OWNER, digest), _noRelease());
        vm.snapshotGasLastCall(GROUP, "pair, P-256 without the precompile");
        _attest(0x78, OWNER);
        vm.snapshotGasLastCall(GROUP, "pairAttested");
    }

    /// @dev A lane as months of batches leave it, written into LaneLedger's first slot, `_lanes`.
    function _startLane(uint64 size, bytes32 root) private {
        uint256 slot = uint256(keccak256(abi.encode(uint256(0), uint256(0))));
        uint256 word = size | (uint256(1) << 64) | ((block.timestamp * 1000) << 128);
        vm.store(address(ledger), bytes32(slot), bytes32(word));
        vm.store(address(ledger), bytes32(slot + 1), root);
        (uint64 started, uint64 height,,) = ledger.laneOf(0);
        vm.assertEq(started, size);
        vm.assertEq(height, 1);
    }

    function _measureSettle(string memory name, uint64 from, uint64 size) private {
        (bytes32 fromRoot, bytes32 root, bytes32[] memory proof) = Trees.imagined(from, size);
        _startLane(from, fromRoot);
        vm.assertLe(proof.length, 25);
        ILaneLedger.Header memory header = _header(2, from, size, root);
        vm.prank(PROPOSER);
        ledger.settle(header, proof);
        uint256 gas = vm.snapshotGasLastCall(GROUP, name);
        vm.assertLe(gas, SETTLE_LIMIT);
    }

    function _claimRound(uint64 epoch, address[] memory devices, uint256 first, uint256 count, string memory name)
        private
    {
        uint256 amount = 1e18;
        bytes32[] memory leaves = new bytes32[](devices.length);
        for (uint256 i; i < devices.length; ++i) {
            leaves[i] = _earningsLeaf(devices[i], 1, amount);
        }
        _finalise(epoch, amount * devices.length, Trees.root(leaves), uint64(devices.length));
        bytes32[] memory roots = new bytes32[](devices.length / count);
        for (uint256 i; i < roots.length; ++i) {
            roots[i] = Trees.root(leaves, i * count, (i + 1) * count);
        }
        IRewardLedger.Line memory line = IRewardLedger.Line(devices[first], 1, amount);
        IRewardLedger.Claim[] memory claims =
            _claimOf(epoch, uint64(first), line, Trees.inclusion(roots, first / count));
        claims[0].lines = new IRewardLedger.Line[](count);
        for (uint256 i; i < count; ++i) {
            claims[0].lines[i] = IRewardLedger.Line(devices[first + i], 1, amount);
        }
        rewards.claim(claims);
        vm.snapshotGasLastCall(GROUP, name);
    }
}
