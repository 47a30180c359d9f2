// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IDeviceRegistry} from "../src/interfaces/IDeviceRegistry.sol";
import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {IRewardLedger} from "../src/interfaces/IRewardLedger.sol";
import {Network} from "./Network.sol";
import {Trees} from "./Trees.sol";

/**
 * @dev Each row of the table "What each key can do" in chain/README.md, tried by who holds that key. The treasury is this contract; the operator's
 * key is the proposer, which owns a device too, as any thief of it may.
 */
contract KeysTest is Network {
    uint256 private constant ALICE = 0xa11ce;
    uint256 private constant THIEF = 0x7417;
    uint256 private constant CAP = BUDGET;
    uint256 private constant HONEST_EPOCHS = 5;

    address private honest;
    address private mine;
    uint64 private epoch;
    bytes32[] private none;

    /// @dev Five honest epochs of one cap each, all of it Alice's and none of it claimed.
    function setUp() public override {
        super.setUp();
        epoch = _now();
        _settleFirst();
        rewards.fund(FUND);
        honest = _attest(0x100, ALICE);
        mine = _attest(0x101, THIEF);
        for (uint64 i; i < HONEST_EPOCHS; ++i) {
            _finalise(epoch + i, CAP, _earningsLeaf(honest, 1, CAP), 1);
        }
    }

    // ---- the operator's key and the money

    function test_propose_givesTheOperatorsKeyOneCapAndNothingEarnedBefore() external {
        uint64 false_ = epoch + uint64(HONEST_EPOCHS);
        _finaliseFalse(false_, FUND);
        // Everything unclaimed, everything funded, one unit above the cap: none of it goes.
        _refusesTake(false_, FUND);
        _finaliseFalse(false_ + 1, HONEST_EPOCHS * CAP + CAP);
        _refusesTake(false_ + 1, HONEST_EPOCHS * CAP + CAP);
        _finaliseFalse(false_ + 2, CAP + 1);
        _refusesTake(false_ + 2, CAP + 1);
        _finaliseFalse(false_ + 3, CAP);
        _take(false_ + 3, CAP);
        vm.assertEq(_stolen(), CAP);
        _honestIsPaidInFull();
    }

    function test_propose_givesTheOperatorsKeyNoMoreForManyLines() external {
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i; i < 4; ++i) {
            leaves[i] = _earningsLeaf(mine, 1, CAP);
        }
        uint64 false_ = epoch + uint64(HONEST_EPOCHS);
        _finalise(false_, CAP, Trees.root(leaves), 4);
        for (uint64 i; i < 4; ++i) {
            IRewardLedger.Claim[] memory claims =
                _claimOf(false_, i, IRewardLedger.Line(mine, 1, CAP), Trees.inclusion(leaves, i));
            if (i != 0) vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EarnedExceeded.selector, false_, 0, CAP));
            rewards.claim(claims);
        }
        vm.assertEq(_stolen(), CAP);
        _honestIsPaidInFull();
    }

    function test_propose_savesUpNoEpochsForTheOperatorsKey() external {
        // Silent for a hundred epochs, then all of them in one block, by their own numbers and by the newest.
        uint64 false_ = epoch + uint64(HONEST_EPOCHS);
        vm.warp(_end(false_ + 100));
        uint256 taken;
        for (uint64 i; i < 100; ++i) {
            if (_proposes(false_ + i)) ++taken;
        }
        vm.assertEq(taken, 1);
        // And epochs to come are not over yet.
        vm.assertFalse(_proposes(false_ + 101));
        vm.assertFalse(_proposes(type(uint64).max));
        vm.warp(block.timestamp + WINDOW);
        _take(false_, CAP);
        vm.assertEq(_stolen(), CAP);
        _honestIsPaidInFull();
    }

    /// @dev Whatever it tries in a run of hours, minutes and proposals, it has at most one cap for each epoch of block time.
    function testFuzz_propose_givesTheOperatorsKeyOneCapAnEpochOfBlockTime(
        uint16[24] memory waits,
        uint8[24] memory skips
    ) external {
        // Silent for a while first, so that there are epochs to make up for.
        vm.warp(block.timestamp + 20 * uint256(HOUR));
        uint256 began = block.timestamp / HOUR;
        uint64 next = epoch + uint64(HONEST_EPOCHS);
        uint256 proposals;
        for (uint256 i; i < 24; ++i) {
            vm.warp(block.timestamp + waits[i] % (2 * HOUR));
            next += skips[i] % 3;
            if (!_proposes(next)) continue;
            (next, proposals) = (next + 1, proposals + 1);
        }
        vm.assertLe(proposals, block.timestamp / HOUR - began + 1);
        vm.assertLe(rewards.epochOf(rewards.latestProposed()).totalEarned, (HONEST_EPOCHS + proposals) * CAP);
        _honestIsPaidInFull();
    }

    function test_claim_givesTheOperatorsKeyNothingOfAnothersLine() external {
        vm.prank(PROPOSER);
        rewards.claim(_honestClaim(epoch));
        vm.assertEq(token.balanceOf(PROPOSER), 0);
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), CAP);
    }

    function test_transfer_givesTheOperatorsKeyNothingOfTheTreasury() external {
        vm.assertEq(token.balanceOf(PROPOSER), 0);
        vm.prank(PROPOSER);
        vm.expectRevert();
        token.transferFrom(address(this), PROPOSER, 1);
        vm.prank(PROPOSER);
        vm.expectRevert();
        token.transferFrom(address(rewards), PROPOSER, 1);
    }

    // ---- the operator's key and the past

    function test_settle_letsTheOperatorsKeyRewriteNothing() external {
        ILaneLedger.Header memory other = _header(1, 0, 1, "another past");
        vm.expectRevert(abi.encodeWithSelector(ILaneLedger.HeightOutOfOrder.selector, 2, 1));
        _settle(other, none);
        ILaneLedger.Header memory next = _header(2, 1, 2, "another past");
        vm.expectRevert(abi.encodeWithSelector(ILaneLedger.NotAnExtension.selector, 1, 2));
        _settle(next, none);
    }

    function test_pair_givesTheOperatorsKeyNoDevice() external {
        vm.prank(PROPOSER);
        vm.expectRevert();
        registry.transferFrom(vm.addr(ALICE), PROPOSER, uint160(honest));
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotOwner.selector, vm.addr(ALICE), PROPOSER));
        registry.revoke(honest);
    }

    // ---- the treasury's key

    function test_fund_isForGood() external {
        // The treasury holds the rest of the supply, and nothing of what it funded: the ledger has no call that gives it back.
        uint256 rest = token.balanceOf(address(this));
        vm.assertEq(rest, token.totalSupply() - FUND);
        vm.expectRevert();
        token.transferFrom(address(rewards), address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.NotProposer.selector, PROPOSER, address(this)));
        rewards.propose(epoch + 5, new uint64[](1), 1, 1, 0, 0, 1);
        vm.assertEq(token.balanceOf(address(this)), rest);
    }

    // ---- the manufacturer's key

    function test_pairAttested_givesTheManufacturersKeyNoPairedDevice() external {
        (bytes32 x, bytes32 y) = _p256(0x100);
        IDeviceRegistry.Pairing memory pairing = _pairing(honest, 2, MANUFACTURER_KEY);
        bytes memory word = _ownerSign(MANUFACTURER_KEY, _digest("Attestation", pairing));
        bytes memory owner = _ownerSign(MANUFACTURER_KEY, _digest("Pairing", pairing));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.PairedBefore.selector, honest, 1));
        registry.pairAttested(pairing, x, y, word, owner);
    }

    // ---- builders

    function _finaliseFalse(uint64 number, uint256 amount) private {
        _finalise(number, CAP, _earningsLeaf(mine, 1, amount), 1);
    }

    function _takeClaim(uint64 number, uint256 amount) private view returns (IRewardLedger.Claim[] memory) {
        return _claimOf(number, 0, IRewardLedger.Line(mine, 1, amount), none);
    }

    function _take(uint64 number, uint256 amount) private {
        rewards.claim(_takeClaim(number, amount));
    }

    function _refusesTake(uint64 number, uint256 amount) private {
        IRewardLedger.Claim[] memory claims = _takeClaim(number, amount);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EarnedExceeded.selector, number, CAP, amount));
        rewards.claim(claims);
    }

    /// @dev Whether the ledger takes a false epoch of one cap now.
    function _proposes(uint64 number) private returns (bool) {
        uint64[] memory heights = new uint64[](1);
        heights[0] = 1;
        bytes32 root = _earningsLeaf(mine, 1, CAP);
        vm.prank(PROPOSER);
        try rewards.propose(number, heights, 1, CAP, 0, root, 1) {
            return true;
        } catch {
            return false;
        }
    }

    function _honestClaim(uint64 number) private view returns (IRewardLedger.Claim[] memory) {
        return _claimOf(number, 0, IRewardLedger.Line(honest, 1, CAP), none);
    }

    function _stolen() private view returns (uint256) {
        return token.balanceOf(vm.addr(THIEF));
    }

    function _honestIsPaidInFull() private {
        for (uint64 i; i < HONEST_EPOCHS; ++i) {
            rewards.claim(_honestClaim(epoch + i));
        }
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), HONEST_EPOCHS * CAP);
    }
}
