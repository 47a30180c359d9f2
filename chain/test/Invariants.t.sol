// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CairnToken} from "../src/CairnToken.sol";
import {LaneLedger} from "../src/LaneLedger.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {ILaneLedger} from "../src/interfaces/ILaneLedger.sol";
import {IRewardLedger} from "../src/interfaces/IRewardLedger.sol";
import {Rfc6962} from "../src/lib/Rfc6962.sol";
import {Network} from "./Network.sol";
import {Test} from "./Test.sol";
import {Trees} from "./Trees.sol";

/// @dev A proposer that errs and lies, funders, and claimers that try everything; remembers what each epoch's tree said.
contract RewardActor is Test {
    uint64 private constant HOUR = 3600;
    uint256 public constant TERMS = 4;

    RewardLedger private immutable _rewards;
    address private immutable _proposer;
    address[4] public devices;
    uint256 public claimed;
    uint256 public biggestStep;
    uint256[4] public mostEarned;
    uint64[] private _epochs;
    mapping(uint64 epoch => uint256[4] cumulative) private _earned;

    constructor(RewardLedger rewards, address proposer, address[4] memory devices_) {
        (_rewards, _proposer, devices) = (rewards, proposer, devices_);
    }

    /// @dev Hashed, since a fuzzer likes small numbers.
    function fund(uint256 seed) external {
        uint256 amount = uint256(keccak256(abi.encode(seed))) % 10_000e18;
        CairnToken(_rewards.token()).approve(address(_rewards), amount);
        _rewards.fund(amount);
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    /// @dev `honesty` decides: less declared than the tree's lines sum up to, far more, too early, or the truth.
    function propose(uint32[4] memory more, uint8 honesty, uint8 skipped) external {
        uint64 latest = _rewards.latestProposed();
        uint64 epoch = (latest < _rewards.firstEpoch() ? _rewards.firstEpoch() : latest + 1) + skipped % 3;
        uint256[4] memory earned = _earned[latest];
        uint256 sum;
        for (uint256 i; i < TERMS; ++i) {
            sum += earned[i] += more[i] % 1e6;
        }
        if (honesty % 4 == 0) sum = _rewards.epochOf(latest).totalEarned + more[0] % 1e6;
        // Up to four budgets at once.
        if (honesty % 8 == 3) sum += uint256(keccak256(abi.encode(more))) % 4000e18;
        if (honesty % 8 != 1) vm.warp(_max(block.timestamp, (uint256(epoch) + 1) * HOUR));
        bytes32 root = Trees.root(leavesOf(earned));
        vm.prank(_proposer);
        _rewards.propose(epoch, new uint64[](1), 1, sum, 0, root, uint64(TERMS));
        biggestStep = _max(biggestStep, sum - _rewards.epochOf(latest).totalEarned);
        _epochs.push(epoch);
        _earned[epoch] = earned;
    }

    function claim(uint256 which, uint8[3] memory terms, uint16 more) external {
        if (_epochs.length == 0) return;
        uint64 epoch = _epochs[which % _epochs.length];
        uint256[4] memory earned = _earned[epoch];
        bytes32[] memory leaves = leavesOf(earned);
        IRewardLedger.Claim[] memory claims = new IRewardLedger.Claim[](3);
        for (uint256 i; i < 3; ++i) {
            uint256 term = terms[i] % TERMS;
            uint256 asked = more % 4 == 0 ? earned[term] + more : earned[term];
            claims[i] = IRewardLedger.Claim(devices[term], 1, asked, uint64(term), Trees.inclusion(leaves, term));
        }
        _rewards.claim(epoch, claims);
        for (uint256 i; i < 3; ++i) {
            uint256 term = terms[i] % TERMS;
            mostEarned[term] = _max(mostEarned[term], earned[term]);
        }
        ++claimed;
    }

    function leavesOf(uint256[4] memory earned) public view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](TERMS);
        for (uint256 i; i < TERMS; ++i) {
            leaves[i] = Rfc6962.leafHash(abi.encodePacked(devices[i], uint32(1), earned[i]));
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}

/// @dev Settles true and false batches, and keeps the log that the true ones make.
contract LaneActor is Test {
    LaneLedger private immutable _ledger;
    address private immutable _proposer;
    bytes32[] private _leaves;
    bytes32[] public headerHashes;

    constructor(LaneLedger ledger, address proposer) {
        (_ledger, _proposer) = (ledger, proposer);
    }

    function settle(uint256 seed, uint8 lie) external {
        (uint64 size, uint64 height,,) = _ledger.laneOf(0);
        if (size > 60) return;
        bytes32[] memory grown = new bytes32[](size + 1 + seed % 5);
        for (uint256 i; i < grown.length; ++i) {
            grown[i] = i < size ? _leaves[i] : keccak256(abi.encode(seed, i));
        }
        if (lie % 8 == 1) grown[seed % grown.length] = keccak256("another past");
        ILaneLedger.Header memory header;
        header.height = height + (lie % 8 == 2 ? 0 : 1);
        header.from = size - (lie % 8 == 3 && size != 0 ? 1 : 0);
        header.size = uint64(grown.length);
        header.root = lie % 8 == 4 ? keccak256("any") : Trees.root(grown);
        header.closedAt = uint64(block.timestamp * 1000);
        bytes32[] memory proof = Trees.consistency(grown, size);
        vm.prank(lie % 8 == 5 ? address(this) : _proposer);
        _ledger.settle(header, proof);

        // The first batch may be any log: a lie about it is its truth.
        headerHashes.push(keccak256(abi.encode(header)));
        _leaves = grown;
        if (header.root != Trees.root(grown)) _leaves = new bytes32[](0);
    }

    function leaves() external view returns (bytes32[] memory) {
        return _leaves;
    }

    function batches() external view returns (uint256) {
        return headerHashes.length;
    }
}

contract InvariantsTest is Network {
    RewardActor private actor;
    LaneActor private lane;
    address[4] private holders;

    function setUp() public override {
        super.setUp();
        address[4] memory devices;
        for (uint256 i; i < 4; ++i) {
            devices[i] = _attest(0x100 + i, 0x200 + i);
            holders[i] = vm.addr(0x200 + i);
        }
        actor = new RewardActor(rewards, PROPOSER, devices);
        lane = new LaneActor(ledger, PROPOSER);
        token.transfer(address(actor), token.totalSupply() / 2);
        vm.prank(address(actor));
        token.approve(address(rewards), type(uint256).max);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](2);
        (targets[0], targets[1]) = (address(actor), address(lane));
    }

    function invariant_paidAndUnclaimedNeverPassFunded() external view {
        uint256 totalEarned = rewards.epochOf(rewards.latestProposed()).totalEarned;
        vm.assertLe(rewards.paid(), totalEarned);
        vm.assertLe(totalEarned, rewards.funded());
    }

    function invariant_balanceIsWhatWasFundedLessWhatWasPaid() external view {
        vm.assertEq(token.balanceOf(address(rewards)), rewards.funded() - rewards.paid());
    }

    function invariant_everythingPaidIsWithTheHolders() external view {
        uint256 sum;
        for (uint256 i; i < 4; ++i) {
            uint256 paid = rewards.paidTo(actor.devices(i), 1);
            vm.assertEq(token.balanceOf(holders[i]), paid);
            sum += paid;
        }
        vm.assertEq(sum, rewards.paid());
    }

    function invariant_noTermIsPaidMoreThanItsTreeSaid() external view {
        for (uint256 i; i < 4; ++i) {
            vm.assertLe(rewards.paidTo(actor.devices(i), 1), actor.mostEarned(i));
        }
    }

    function invariant_outflowStaysUnderTheCapPerEpoch() external view {
        vm.assertLe(actor.biggestStep(), BUDGET);
        uint256 epochs = block.timestamp / HOUR - rewards.firstEpoch();
        vm.assertLe(rewards.epochOf(rewards.latestProposed()).totalEarned, epochs * BUDGET);
    }

    function invariant_laneOnlyGrows() external view {
        (uint64 size, uint64 height,, bytes32 root) = ledger.laneOf(0);
        vm.assertEq(height, lane.batches());
        for (uint64 i; i < height; ++i) {
            vm.assertEq(ledger.headerHashOf(0, i + 1), lane.headerHashes(i));
        }
        bytes32[] memory leaves = lane.leaves();
        if (leaves.length != 0 || height == 0) {
            vm.assertEq(size, leaves.length);
            vm.assertEq(root, Trees.root(leaves));
        }
    }

    function test_actor_reachesClaimsAndRefusesFalseBatches() external {
        actor.fund(1e9);
        actor.propose([uint32(5), 6, 7, 8], 2, 0);
        actor.wait(601);
        actor.claim(0, [0, 1, 1], 1);
        actor.propose([uint32(5), 6, 7, 8], 0, 0);
        vm.assertEq(actor.claimed(), 1);
        vm.assertEq(rewards.paid(), 11);
        lane.settle(7, 0);
        for (uint8 lie = 1; lie < 6; ++lie) {
            vm.expectRevert();
            lane.settle(7, lie);
        }
        vm.assertEq(lane.batches(), 1);
    }
}
