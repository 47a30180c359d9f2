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

    /// @dev One epoch as TypeScript works it out: scores by device and term, and what it makes of them.
    struct EpochCase {
        uint256 budget;
        uint256 scoreCap;
        uint256 shareCap;
        uint256[][] scores;
        uint256 totalWeight;
        uint256[][] weights;
        uint256[][] amounts;
    }

    address[5] private devices;
    bytes32[] private leaves;
    uint256[] private amounts;
    uint64 private epoch;

    function setUp() public override {
        super.setUp();
        epoch = _now();
        _settleFirst();
        rewards.fund(FUND);
        for (uint256 i; i < 5; ++i) {
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
        vm.assertEq(kept.lines, 3);
        vm.assertEq(kept.earned, 9);
        vm.assertEq(kept.paid, 0);
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
        vm.warp(_end(epoch + 10));
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.EpochOutOfOrder.selector, epoch + 2, epoch + 2);
        _refusesPropose(epoch + 2, 1, 2, refusal);
        refusal = abi.encodeWithSelector(IRewardLedger.EpochOutOfOrder.selector, epoch + 2, epoch + 1);
        _refusesPropose(epoch + 1, 1, 2, refusal);
        _propose(epoch + 9, 2, 0, 1);
    }

    function test_propose_takesOneProposalInEachEpochOfBlockTime() external {
        // A hundred epochs were left out. They come one at a time.
        vm.warp(_end(epoch + 99) + 1);
        _propose(epoch, 1, 0, 1);
        uint256 nextAt = _end(epoch + 100);
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.ProposedAlready.selector, nextAt, block.timestamp);
        _refusesPropose(epoch + 1, 1, 1, refusal);
        vm.warp(nextAt - 1);
        refusal = abi.encodeWithSelector(IRewardLedger.ProposedAlready.selector, nextAt, nextAt - 1);
        _refusesPropose(epoch + 1, 1, 1, refusal);
        vm.warp(nextAt);
        _propose(epoch + 1, 1, 0, 1);
    }

    function test_propose_refusesABatchThatIsNotSettled() external {
        vm.warp(_end(epoch));
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.HeightNotSettled.selector, 0, SETTLED, 2);
        _refusesPropose(epoch, 2, 1, refusal);
    }

    function test_propose_refusesAHeightBelowTheLastOne() external {
        vm.warp(_end(epoch));
        _propose(epoch, 1, 0, 1);
        vm.warp(_end(epoch + 1));
        bytes memory refusal = abi.encodeWithSelector(IRewardLedger.HeightDecreased.selector, 0, SETTLED, 0);
        _refusesPropose(epoch + 1, 0, 1, refusal);
    }

    function test_propose_refusesAnotherCountOfLanes() external {
        vm.warp(_end(epoch));
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.WrongLaneCount.selector, 1, 2));
        rewards.propose(epoch, new uint64[](2), 1, 1, 0, 0, 1);
    }

    function test_propose_holdsEachEpochToItsCap() external {
        vm.warp(_end(epoch));
        bytes memory refusal =
            abi.encodeWithSelector(IRewardLedger.OutflowCapExceeded.selector, BUDGET, uint256(BUDGET) + 1);
        _refusesPropose(epoch, 1, uint256(BUDGET) + 1, refusal);
        refusal = abi.encodeWithSelector(IRewardLedger.OutflowCapExceeded.selector, BUDGET, type(uint256).max);
        _refusesPropose(epoch, 1, type(uint256).max, refusal);
        _propose(epoch, BUDGET, 0, 1);
        vm.warp(_end(epoch + 1));
        _propose(epoch + 1, BUDGET, 0, 1);
        vm.assertEq(rewards.epochOf(epoch + 1).totalEarned, 2 * uint256(BUDGET));
    }

    function test_propose_isHinderedByNoFalseEpochBefore() external {
        vm.warp(_end(epoch));
        _propose(epoch, BUDGET, "false", type(uint64).max);
        _finaliseLines(epoch + 1, _three(10, 20, 30));
        rewards.claim(_claim(epoch + 1, 0, 2));
        vm.assertEq(rewards.paid(), 30);
    }

    function test_propose_refusesMoreThanIsFunded() external {
        rewards = new RewardLedger([address(token), address(registry), address(ledger), PROPOSER], _parameters());
        token.approve(address(rewards), 100);
        rewards.fund(100);
        vm.warp(_end(epoch));
        _refusesPropose(epoch, 1, 101, abi.encodeWithSelector(IRewardLedger.NotFunded.selector, 100, 101));
        _propose(epoch, 60, 0, 1);
        vm.warp(_end(epoch + 1));
        _refusesPropose(epoch + 1, 1, 41, abi.encodeWithSelector(IRewardLedger.NotFunded.selector, 100, 101));
        _propose(epoch + 1, 40, 0, 1);
    }

    // ---- claim

    function test_claim_paysTheHolderWhoeverSendsIt() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        vm.expectEmit(address(rewards));
        emit IRewardLedger.Claimed(epoch, devices[2], 1, vm.addr(BOB), 30, 30);
        vm.prank(address(0x57a9));
        rewards.claim(_claim(epoch, 2, 1));
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 30);
        vm.assertEq(rewards.paidTo(devices[2], 1), 30);
        vm.assertEq(rewards.paid(), 30);
        vm.assertEq(rewards.epochOf(epoch).paid, 30);
        vm.assertEq(rewards.paidLines(epoch, 0), 4);
    }

    function test_claim_paysManyDevicesAndEpochsInOneCall() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        IRewardLedger.Claim[] memory both = new IRewardLedger.Claim[](3);
        (both[0], both[1]) = (_claim(epoch, 0, 2)[0], _claim(epoch, 2, 1)[0]);
        _finaliseLines(epoch + 1, _three(1, 2, 3));
        both[2] = _claim(epoch + 1, 0, 2)[0];
        vm.expectEmit(address(rewards));
        emit IRewardLedger.Claimed(epoch + 1, devices[1], 1, vm.addr(ALICE), 2, 22);
        rewards.claim(both);
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 33);
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 30);
        vm.assertEq(rewards.paid(), 63);
    }

    function test_claim_paysTheSameLineOnceInOneCallAndInTwo() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        IRewardLedger.Claim[] memory twice = new IRewardLedger.Claim[](3);
        (twice[0], twice[1], twice[2]) = (_claim(epoch, 1, 1)[0], _claim(epoch, 1, 1)[0], _claim(epoch, 0, 2)[0]);
        rewards.claim(twice);
        rewards.claim(twice);
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 30);
        vm.assertEq(rewards.paid(), 30);
    }

    function test_claim_takesEpochsInAnyOrder() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        IRewardLedger.Claim[] memory old = _claim(epoch, 0, 2);
        _finaliseLines(epoch + 1, _three(5, 6, 7));
        rewards.claim(_claim(epoch + 1, 0, 2));
        rewards.claim(old);
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 10 + 20 + 5 + 6);
    }

    function test_claim_waitsForTheChallengeWindow() external {
        vm.warp(_end(epoch));
        _proposeLines(epoch, _three(10, 20, 30));
        uint256 finalAt = block.timestamp + WINDOW;
        IRewardLedger.Claim[] memory claims = _claim(epoch, 0, 2);
        vm.warp(finalAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EpochNotFinal.selector, finalAt, finalAt - 1));
        rewards.claim(claims);
        vm.assertEq(rewards.latestFinal(), 0);
        vm.warp(finalAt);
        rewards.claim(claims);
        vm.assertEq(rewards.latestFinal(), epoch);
    }

    function test_claim_refusesAnEpochThatNobodyProposed() external {
        IRewardLedger.Line memory line;
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EpochNotProposed.selector, epoch));
        rewards.claim(_claimOf(epoch, 0, line, new bytes32[](0)));
    }

    function test_claim_goesToTheTermsHolderNotToTheNewOwner() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        vm.prank(vm.addr(ALICE));
        registry.transferFrom(vm.addr(ALICE), vm.addr(BOB), uint160(devices[0]));
        rewards.claim(_claim(epoch, 0, 1));
        vm.assertEq(token.balanceOf(vm.addr(ALICE)), 10);
        vm.assertEq(token.balanceOf(vm.addr(BOB)), 0);
    }

    function test_claim_refusesATermThatNeverWas() external {
        IRewardLedger.Line memory line = IRewardLedger.Line(address(0xdead), 1, 5);
        _finalise(epoch, 5, _earningsLeaf(address(0xdead), 1, 5), 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.UnknownTerm.selector, address(0xdead), 1));
        rewards.claim(_claimOf(epoch, 0, line, new bytes32[](0)));
    }

    function testFuzz_claim_takesEveryWholeSubtreeAndNothingElse(uint8 size, uint16 first, uint16 count) external {
        uint256[] memory given = new uint256[](_bound(size, 1, 40));
        for (uint256 i; i < given.length; ++i) {
            given[i] = 1 + i;
        }
        _finaliseLines(epoch, given);
        first = uint16(_bound(first, 0, given.length - 1));
        count = uint16(_bound(count, 1, given.length - first));
        uint256 width = 1;
        while (width < count) width *= 2;
        bool isSubtree = first % width == 0 && (count == width || first + count == given.length);
        IRewardLedger.Claim[] memory claims = _claim(epoch, first, count);
        if (!isSubtree) {
            vm.expectRevert(abi.encodeWithSelector(IRewardLedger.LinesNotInTree.selector, epoch, first, count));
        }
        rewards.claim(claims);
        if (!isSubtree) return;
        uint256 sum;
        for (uint256 i = first; i < first + count; ++i) {
            sum += given[i];
        }
        vm.assertEq(rewards.paid(), sum);
        vm.assertEq(rewards.paidLines(epoch, 0), ((1 << count) - 1) << first);
    }

    function testFuzz_claim_neverPaysMoreThanTheTreeSays(uint256 more, uint8 field, uint8 which) external {
        _finaliseLines(epoch, _three(10, 20, 30));
        IRewardLedger.Claim[] memory claims = _claim(epoch, which % 3, 1);
        IRewardLedger.Line memory line = claims[0].lines[0];
        field = field % 4;
        if (field == 0) line.amount = _bound(more, line.amount + 1, type(uint256).max);
        if (field == 1) line.term = uint32(_bound(more, 2, type(uint32).max));
        if (field == 2) line.device = address(uint160(_bound(more, 1, type(uint160).max)));
        if (field == 3) claims[0].first = uint64(_bound(more, which % 3 + 1, type(uint64).max));
        vm.assume(line.device != devices[which % 3] || field != 2);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardLedger.LinesNotInTree.selector, epoch, claims[0].first, uint256(1))
        );
        rewards.claim(claims);
    }

    /// @dev A tree made so that three of five places stand where four belong: the lines of a place would not be fixed.
    function test_claim_refusesLinesThatAreNoSubtreeInAFalseTreeToo() external {
        _grow(_three(10, 20, 30));
        bytes32[] memory top = new bytes32[](2);
        (top[0], top[1]) = (Trees.root(leaves), "fifth");
        IRewardLedger.Claim[] memory claims = _claim(epoch, 0, 3);
        claims[0].proof = Trees.inclusion(top, 0);
        _finalise(epoch, 60, Trees.root(top), 5);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.LinesNotInTree.selector, epoch, 0, 3));
        rewards.claim(claims);
    }

    function test_claim_refusesNoLinesAndMoreThanAWord() external {
        _finaliseLines(epoch, _three(10, 20, 30));
        IRewardLedger.Claim[] memory claims = _claim(epoch, 0, 1);
        claims[0].lines = new IRewardLedger.Line[](0);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.LinesNotInTree.selector, epoch, 0, 0));
        rewards.claim(claims);
        claims[0].lines = new IRewardLedger.Line[](257);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.LinesNotInTree.selector, epoch, 0, 257));
        rewards.claim(claims);
    }

    function test_claim_refusesATreeThatSumsUpToMoreThanItsTotal() external {
        _grow(_three(10, 20, 30));
        _finalise(epoch, 59, Trees.root(leaves), 3);
        rewards.claim(_claim(epoch, 0, 2));
        IRewardLedger.Claim[] memory rest = _claim(epoch, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EarnedExceeded.selector, epoch, 29, 30));
        rewards.claim(rest);
        _grow(_three(10, 20, type(uint256).max));
        _finalise(epoch + 1, 59, Trees.root(leaves), 3);
        rest = _claim(epoch + 1, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardLedger.EarnedExceeded.selector, epoch + 1, 59, type(uint256).max));
        rewards.claim(rest);
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

    function test_reward_agreesWithTypeScriptOnEverySeededEpoch() external view {
        EpochCase[] memory cases = abi.decode(vm.readFileBinary(string.concat(FIXTURES, "reward.bin")), (EpochCase[]));
        vm.assertEq(cases.length, 2048);
        for (uint256 i; i < cases.length; ++i) {
            EpochCase memory it = cases[i];
            (uint256 totalWeight, uint256 paid) = (0, 0);
            for (uint256 at; at < it.scores.length; ++at) {
                totalWeight += Reward.weightOf(_sum(it.scores[at]), it.scoreCap);
            }
            vm.assertEq(totalWeight, it.totalWeight);
            for (uint256 at; at < it.scores.length; ++at) {
                uint256 score = _sum(it.scores[at]);
                uint256 weight = Reward.weightOf(score, it.scoreCap);
                uint256 amount = Reward.reward(weight, totalWeight, it.budget, it.shareCap);
                for (uint256 term; term < it.scores[at].length; ++term) {
                    vm.assertEq(Reward.partOf(weight, it.scores[at][term], score), it.weights[at][term]);
                    vm.assertEq(Reward.partOf(amount, it.scores[at][term], score), it.amounts[at][term]);
                }
                vm.assertLe(_sum(it.amounts[at]), it.budget * it.shareCap / 10_000);
                paid += _sum(it.amounts[at]);
            }
            vm.assertLe(paid, it.budget);
        }
    }

    /// @dev The same records cut into terms: together they earn at most what the device earned as one term, so at most its cap.
    function testFuzz_partOf_neverRaisesWhatADeviceEarns(uint32[8] memory scores, uint64 others, uint128 budget)
        external
        pure
    {
        uint256 score;
        for (uint256 i; i < 8; ++i) {
            score += scores[i];
        }
        uint256 weight = Reward.weightOf(score, 100_000);
        uint256 amount = Reward.reward(weight, weight + others, budget, 2000);
        uint256 sum;
        for (uint256 i; i < 8; ++i) {
            sum += Reward.partOf(amount, scores[i], score);
        }
        vm.assertLe(sum, amount);
        vm.assertLe(sum, uint256(budget) / 5);
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
        given = _parameters();
        given.earningGrades = 0;
        _refusesParameters(given, "earningGrades", 0);
        given.earningGrades = 15;
        _refusesParameters(given, "earningGrades", 15);
        given.earningGrades = 16;
        _refusesParameters(given, "earningGrades", 16);
    }

    // ---- builders

    function _sum(uint256[] memory some) private pure returns (uint256 sum) {
        for (uint256 i; i < some.length; ++i) {
            sum += some[i];
        }
    }

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory three) {
        three = new uint256[](3);
        (three[0], three[1], three[2]) = (a, b, c);
    }

    function _lineOf(uint256 i) private view returns (IRewardLedger.Line memory) {
        return IRewardLedger.Line(devices[i % 5], 1, amounts[i]);
    }

    function _grow(uint256[] memory given) private {
        delete leaves;
        amounts = given;
        for (uint256 i; i < given.length; ++i) {
            leaves.push(_earningsLeaf(devices[i % 5], 1, given[i]));
        }
    }

    function _proposeLines(uint64 number, uint256[] memory given) private {
        _grow(given);
        _propose(number, _sum(given), Trees.root(leaves), uint64(given.length));
    }

    function _finaliseLines(uint64 number, uint256[] memory given) private {
        _grow(given);
        _finalise(number, _sum(given), Trees.root(leaves), uint64(given.length));
    }

    /// @dev Lines of the newest tree that was grown, whether they are a subtree or not: the proof is that of their first.
    function _claim(uint64 number, uint256 first, uint256 count)
        private
        view
        returns (IRewardLedger.Claim[] memory claims)
    {
        claims = _claimOf(number, uint64(first), _lineOf(first), new bytes32[](0));
        claims[0].lines = new IRewardLedger.Line[](count);
        for (uint256 i; i < count; ++i) {
            claims[0].lines[i] = _lineOf(first + i);
        }
        uint256 width = 1;
        while (width < count) width *= 2;
        bytes32[] memory roots = new bytes32[]((leaves.length + width - 1) / width);
        for (uint256 i; i < roots.length; ++i) {
            uint256 end = (i + 1) * width;
            roots[i] = Trees.root(leaves, i * width, end < leaves.length ? end : leaves.length);
        }
        claims[0].proof = Trees.inclusion(roots, first / width);
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
