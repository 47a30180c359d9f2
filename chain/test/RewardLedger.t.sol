// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {RewardLedger} from "../src/RewardLedger.sol";
import {IRewardLedger} from "../src/interfaces/IRewardLedger.sol";
import {Reward} from "../src/lib/Reward.sol";
import {Network} from "./Network.sol";
import {Trees} from "./Trees.sol";

contract RewardLedgerTest is Network {
    uint256 private constant ALICE = 0xa11ce;
    uint256 private constant BOB = 0xb0b;
    uint64 private constant SETTLED = 1;

    struct RewardCase {
        uint256 budget;
        uint256 shareCap;
        uint256 weight;
        uint256 totalWeight;
        uint256 amount;
    }

    address[3] private devices;
    bytes32[] private leaves;
    uint256[3] private cumulative;
    uint64 private epoch;

    function setUp() public override {
        super.setUp();
        epoch = _now();
        _settleFirst();
        rewards.fund(FUND);
        for (uint256 i; i < 3; ++i) {
            devices[i] = _attest(0x100 + i, i == 2 ? BOB : ALICE);
        }
    }

    // ---- fund

    function test_fund_takesTheTokensAndSaysSo() external {
        vm.expectEmit(address(rewards));
        emit IRewardLedger.Funded(address(this), 5, FUND + 5);
        rewards.fund(5);
        vm.assertEq(rewards.funded(), FUND + 5);
        vm.assertEq(token.balanceOf(address(rewards)), FUND + 5);
    }

    // ---- propose

    function test_propose_keepsWhatWasProposed() external {
        vm.warp(_end(epoch));
        uint64[] memory heights = new uint64[](1);
        heights[0] = SETTLED;
        vm.expectEmit(address(rewards));
        emit IRewardLedger.EpochProposed(epoch, heights, 7, 9, "weights", "earnings", 3);
        vm.prank(PROPOSER);
        rewards.propose(epoch, heights, 7, 9, "weights", "earnings", 3);

        IRewardLedger.Epoch memory kept = rewards.epochOf(epoch);
        vm.assertEq(kept.proposedAt, block.timestamp);
        vm.assertEq(kept.terms, 3);
        vm.assertEq(kept.totalEarned, 9);
        vm.assertEq(kept.totalWeight, 7);
        vm.assertEq(kept.weightsRoot, "weights");
        vm.assertEq(kept.earningsRoot, "earnings");
        vm.assertEq(kept.heights[0], SETTLED);
        vm.assertEq(rewards.latestProposed(), epoch);
    }

    function test_propose_refusesAnyoneButTheProposer() external {
        vm.warp(_end(epoch));
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.NotProposer.selector, PROPOSER, address(this)));
        rewards.propose(epoch, new uint64[](1), 1, 1, 0, 0, 1);
    }

    function test_propose_refusesAnEpochThatIsNotOver() external {
        vm.warp(_end(epoch) - 1);
        _refusesPropose(
            epoch, 1, 1, abi.encodeWithSelector(IRewardLedger.EpochNotOver.selector, _end(epoch), _end(epoch) - 1)
        );
        vm.warp(_end(epoch));
        _propose(epoch, 1, 0, 1);
    }

    function test_propose_refusesAnEpochOlderThanTheContract() external {
        vm.assertEq(rewards.firstEpoch(), epoch);
        vm.warp(_end(epoch));
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.EpochBeforeFirst.selector, epoch, epoch - 1);
        _refusesPropose(epoch - 1, 1, 1, refusal);
    }

    function test_propose_demandsRisingEpochsAndLetsThemSkip() external {
        vm.warp(_end(epoch + 9));
        _propose(epoch + 2, 1, 0, 1);
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.EpochOutOfOrder.selector, epoch + 2, epoch + 2);
        _refusesPropose(epoch + 2, 1, 2, refusal);
        refusal = abi.encodeWithSelector(IRewardLedger.EpochOutOfOrder.selector, epoch + 2, epoch + 1);
        _refusesPropose(epoch + 1, 1, 2, refusal);
        _propose(epoch + 9, 2, 0, 1);
    }

    function test_propose_refusesABatchThatIsNotSettled() external {
        vm.warp(_end(epoch));
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.HeightNotSettled.selector, 0, SETTLED, 2);
        _refusesPropose(epoch, 2, 1, refusal);
    }

    function test_propose_refusesAHeightBelowTheLastOne() external {
        vm.warp(_end(epoch + 1));
        _propose(epoch, 1, 0, 1);
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.HeightDecreased.selector, 0, SETTLED, 0);
        _refusesPropose(epoch + 1, 0, 1, refusal);
    }

    function test_propose_refusesAnotherCountOfLanes() external {
        vm.warp(_end(epoch));
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.WrongLaneCount.selector, 1, 2));
        rewards.propose(epoch, new uint64[](2), 1, 1, 0, 0, 1);
    }

    function test_propose_holdsTheTotalBetweenTheLastOneAndItsCap() external {
        vm.warp(_end(epoch + 1));
        bytes memory refusal =
            abi.encodeWithSelector(IRewardLedger.OutflowCapExceeded.selector, BUDGET, uint256(BUDGET) + 1);
        _refusesPropose(epoch, 1, uint256(BUDGET) + 1, refusal);
        _propose(epoch, BUDGET, 0, 1);
        refusal = abi.encodeWithSelector(IRewardLedger.TotalEarnedDecreased.selector, BUDGET, BUDGET - 1);
        _refusesPropose(epoch + 1, 1, BUDGET - 1, refusal);
        _propose(epoch + 1, 2 * uint256(BUDGET), 0, 1);
    }

    function test_propose_refusesMoreThanIsFunded() external {
        rewards = new RewardLedger([address(token), address(registry), address(ledger), PROPOSER], _parameters());
        token.approve(address(rewards), 100);
        rewards.fund(100);
        vm.warp(_end(epoch));
        _refusesPropose(epoch, 1, 101, abi.encodeWithSelector(IRewardLedger.NotFunded.selector, 100, 101));
        _propose(epoch, 100, 0, 1);
    }

    // ---- claim

    function test_claim_paysTheHolderWhoeverSendsIt() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        vm.expectEmit(address(rewards));
        emit IRewardLedger.Claimed(devices[2], 1, vm.addr(BOB), 30, 30);
        vm.prank(address(0x57a9));
        rewards.claim(epoch, _claims(2, 2));
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 30);
        vm.assertEq(rewards.paidTo(devices[2], 1), 30);
        vm.assertEq(rewards.paid(), 30);
    }

    function test_claim_paysManyDevicesInOneCall() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        rewards.claim(epoch, _claims(0, 2));
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 30);
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 30);
        vm.assertEq(rewards.paid(), 60);
    }

    function test_claim_paysOnlyTheDifferenceLater() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        rewards.claim(epoch, _claims(0, 2));
        _finalise(epoch + 1, [uint256(15), 20, 30]);
        rewards.claim(epoch + 1, _claims(0, 2));
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 35);
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 30);
        vm.assertEq(rewards.paid(), 65);
    }

    function test_claim_paysTheSameTermOnceInOneCallAndInTwo() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        IRewardLedger.Claim[] memory claims = _claims(1, 2);
        claims[1] = claims[0];
        rewards.claim(epoch, claims);
        rewards.claim(epoch, claims);
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 20);
        vm.assertEq(rewards.paid(), 20);
    }

    function test_claim_takesAnOldFinalEpochAfterANewerOne() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        IRewardLedger.Claim[] memory old = _claims(0, 1);
        _finalise(epoch + 1, [uint256(15), 25, 30]);
        rewards.claim(epoch + 1, _claims(1, 2));
        rewards.claim(epoch, old);
        vm.assertEq(rewards.paid(), 10 + 25 + 30);
    }

    function test_claim_waitsForTheChallengeWindow() external {
        vm.warp(_end(epoch));
        _proposeTree(epoch, [uint256(10), 20, 30]);
        uint256 finalAt = block.timestamp + WINDOW;
        IRewardLedger.Claim[] memory claims = _claims(0, 2);
        vm.warp(finalAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EpochNotFinal.selector, finalAt, finalAt - 1));
        rewards.claim(epoch, claims);
        vm.assertEq(rewards.latestFinal(), 0);
        vm.warp(finalAt);
        rewards.claim(epoch, claims);
        vm.assertEq(rewards.latestFinal(), epoch);
    }

    function test_claim_refusesAnEpochThatNobodyProposed() external {
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EpochNotProposed.selector, epoch));
        rewards.claim(epoch, new IRewardLedger.Claim[](0));
    }

    function test_claim_goesToTheTermsHolderNotToTheNewOwner() external {
        _finalise(epoch, [uint256(10), 20, 30]);
        vm.prank(vm.addr(ALICE));
        registry.transferFrom(vm.addr(ALICE), vm.addr(BOB), uint160(devices[0]));
        rewards.claim(epoch, _claims(0, 0));
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 10);
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 0);
    }

    function test_claim_refusesATermThatNeverWas() external {
        leaves.push(_earningsLeaf(address(0xdead), 1, 5));
        vm.warp(_end(epoch));
        _propose(epoch, 5, leaves[0], 1);
        vm.warp(block.timestamp + WINDOW);
        IRewardLedger.Claim[] memory claims = new IRewardLedger.Claim[](1);
        claims[0] = IRewardLedger.Claim(address(0xdead), 1, 5, 0, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.UnknownTerm.selector, address(0xdead), 1));
        rewards.claim(epoch, claims);
    }

    function testFuzz_claim_neverPaysMoreThanTheTreeSays(uint256 more, uint8 field, uint8 which) external {
        _finalise(epoch, [uint256(10), 20, 30]);
        IRewardLedger.Claim[] memory claims = _claims(which % 3, which % 3);
        field = field % 4;
        if (field == 0) claims[0].cumulative = _bound(more, claims[0].cumulative + 1, type(uint256).max);
        if (field == 1) claims[0].term = uint32(_bound(more, 2, type(uint32).max));
        if (field == 2) claims[0].device = address(uint160(_bound(more, 1, type(uint160).max)));
        if (field == 3) claims[0].index = uint64(_bound(more, which % 3 + 1, type(uint64).max));
        vm.assume(claims[0].device != devices[which % 3] || field != 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardLedger.EarningNotInTree.selector, claims[0].device, claims[0].term, claims[0].cumulative
            )
        );
        rewards.claim(epoch, claims);
    }

    function test_claim_refusesATreeThatSumsUpToMoreThanItsTotal() external {
        vm.warp(_end(epoch));
        _grow([uint256(10), 20, 30]);
        _propose(epoch, 59, Trees.root(leaves), 3);
        vm.warp(block.timestamp + WINDOW);
        rewards.claim(epoch, _claims(0, 1));
        IRewardLedger.Claim[] memory rest = _claims(2, 2);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.TotalEarnedExceeded.selector, 59, 60));
        rewards.claim(epoch, rest);
    }

    // ---- latestFinal

    function testFuzz_latestFinal_isTheNewestWhoseWindowIsOver(uint8 count, uint16 wait) external {
        uint256 epochs = _bound(count, 1, 20);
        for (uint64 i; i < epochs; ++i) {
            vm.warp(_end(epoch + 3 * i));
            _propose(epoch + 3 * i, 1, 0, 1);
        }
        vm.warp(_end(epoch) + uint256(wait) * 10);
        uint64 expected;
        for (uint64 i; i < epochs; ++i) {
            if (_end(epoch + 3 * i) + WINDOW <= block.timestamp) expected = epoch + 3 * i;
        }
        vm.assertEq(rewards.latestFinal(), expected);
    }

    // ---- reward

    function test_reward_agreesWithTypeScriptOnEverySeededCase() external view {
        RewardCase[] memory cases = abi.decode(vm.readFileBinary(string.concat(FIXTURES, "reward.bin")), (RewardCase[]));
        vm.assertEq(cases.length, 10_240);
        for (uint256 i; i < cases.length; ++i) {
            RewardCase memory it = cases[i];
            vm.assertEq(Reward.reward(it.weight, it.totalWeight, it.budget, it.shareCap), it.amount);
        }
    }

    function testFuzz_reward_neverSharesMoreThanTheBudget(uint64[10] memory weights, uint128 budget, uint16 cap)
        external
        pure
    {
        cap = uint16(_bound(cap, 0, 10_000));
        (uint256 totalWeight, uint256 sum) = (0, 0);
        for (uint256 i; i < 10; ++i) {
            totalWeight += weights[i];
        }
        for (uint256 i; i < 10; ++i) {
            uint256 amount = Reward.reward(weights[i], totalWeight, budget, cap);
            vm.assertLe(amount, uint256(budget) * cap / 10_000);
            sum += amount;
        }
        vm.assertLe(sum, budget);
    }

    function test_weightOf_isTheScoreUpToTheCap() external pure {
        vm.assertEq(Reward.weightOf(2, 3), 2);
        vm.assertEq(Reward.weightOf(3, 3), 3);
        vm.assertEq(Reward.weightOf(4, 3), 3);
    }

    function test_reward_usesTheFixedParameters() external view {
        vm.assertEq(rewards.reward(1, 10), BUDGET / 10);
        vm.assertEq(rewards.reward(9, 10), BUDGET / 5);
        vm.assertEq(rewards.reward(0, 0), 0);
        vm.assertEq(keccak256(abi.encode(rewards.parameters())), keccak256(abi.encode(_parameters())));
    }

    function test_constructor_refusesParametersThatMakeNoSense() external {
        IRewardLedger.Parameters memory given = _parameters();
        given.epochLength = 0;
        _refusesParameters(given, "epochLength", 0);
        given = _parameters();
        given.shareCap = 10_001;
        _refusesParameters(given, "shareCap", 10_001);
        given = _parameters();
        given.outflowCap = given.budget - 1;
        _refusesParameters(given, "outflowCap", given.budget - 1);
    }

    // ---- builders

    function _end(uint64 number) private pure returns (uint256) {
        return (uint256(number) + 1) * HOUR;
    }

    function _grow(uint256[3] memory earned) private {
        cumulative = earned;
        delete leaves;
        for (uint256 i; i < 3; ++i) {
            leaves.push(_earningsLeaf(devices[i], 1, earned[i]));
        }
    }

    function _proposeTree(uint64 number, uint256[3] memory earned) private {
        _grow(earned);
        _propose(number, earned[0] + earned[1] + earned[2], Trees.root(leaves), 3);
    }

    function _finalise(uint64 number, uint256[3] memory earned) private {
        vm.warp(_end(number));
        _proposeTree(number, earned);
        vm.warp(block.timestamp + WINDOW);
    }

    function _claims(uint256 first, uint256 last) private view returns (IRewardLedger.Claim[] memory claims) {
        claims = new IRewardLedger.Claim[](last - first + 1);
        for (uint256 i = first; i <= last; ++i) {
            bytes32[] memory proof = Trees.inclusion(leaves, i);
            claims[i - first] = IRewardLedger.Claim(devices[i], 1, cumulative[i], uint64(i), proof);
        }
    }

    function _refusesPropose(uint64 number, uint64 height, uint256 totalEarned, bytes memory refusal) private {
        uint64[] memory heights = new uint64[](1);
        heights[0] = height;
        vm.prank(PROPOSER);
        vm.expectRevert(refusal);
        rewards.propose(number, heights, 1, totalEarned, 0, 0, 1);
    }

    function _refusesParameters(IRewardLedger.Parameters memory given, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.ParameterOutOfRange.selector, name, value));
        new RewardLedger([address(token), address(registry), address(ledger), PROPOSER], given);
    }
}
