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

/**
 * @dev A proposer that errs and lies, funders, and claimers that try everything; remembers what each epoch's tree said. Devices 0 and 1 are
 * one device's two terms, sold between them; 2 and 3 are devices of one term.
 */
contract RewardActor is Test {
    uint64 private constant HOUR = 3600;
    uint256 public constant TERMS = 4;

    RewardLedger private immutable _rewards;
    address private immutable _proposer;
    address[4] public devices;
    uint32[4] public terms;
    uint256 public claimed;
    /// @dev Most proposals that the ledger took in one epoch of block time.
    uint256 public busiest;
    uint64[] private _epochs;
    mapping(uint64 epoch => uint256[4] amounts) private _amounts;
    mapping(uint256 blockEpoch => uint256 proposals) private _proposedAt;

    constructor(RewardLedger rewards, address proposer, address[4] memory devices_, uint32[4] memory terms_) {
        (_rewards, _proposer, devices, terms) = (rewards, proposer, devices_, terms_);
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

    /// @dev `honesty` decides: less declared than the tree's lines sum up to, far more, too early, again at once, or the truth.
    function propose(uint32[4] memory given, uint8 honesty, uint8 skipped) external {
        uint64 latest = _rewards.latestProposed();
        uint64 epoch = (latest < _rewards.firstEpoch() ? _rewards.firstEpoch() : latest + 1) + skipped % 3;
        uint256[4] memory amounts;
        uint256 earned;
        for (uint256 i; i < TERMS; ++i) {
            amounts[i] = given[i] % 1e6;
            // Now and then a line as large as several caps.
            if (honesty % 16 == 5) amounts[i] *= 1e16;
            earned += amounts[i];
        }
        if (honesty % 4 == 0) earned /= 2;
        // Up to four caps at once.
        if (honesty % 8 == 3) earned += uint256(keccak256(abi.encode(given))) % 4000e18;
        if (honesty % 8 != 1) vm.warp(_max(block.timestamp, (uint256(epoch) + 1) * HOUR));
        // Mostly in the next epoch of block time, where the ledger takes it; else at once, where it must not.
        uint256 proposedAt = _rewards.epochOf(latest).proposedAt;
        if (honesty % 8 != 7) vm.warp(_max(block.timestamp, (proposedAt / HOUR + 1) * HOUR));
        bytes32 root = Trees.root(leavesOf(amounts));
        vm.prank(_proposer);
        _rewards.propose(epoch, new uint64[](1), 1, earned, 0, root, uint64(TERMS));
        busiest = _max(busiest, ++_proposedAt[block.timestamp / HOUR]);
        _epochs.push(epoch);
        _amounts[epoch] = amounts;
    }

    /// @dev Whole subtrees of 1, 2 or 4 lines; `more` sometimes asks for more than the tree says, and sometimes twice.
    function claim(uint256 which, uint8 first, uint8 k, uint16 more) external {
        if (_epochs.length == 0) return;
        uint64 epoch = _epochs[which % _epochs.length];
        uint256[4] memory amounts = _amounts[epoch];
        uint256 width = 1 << (k % 3);
        uint256 start = (first % TERMS) / width * width;
        bytes32[] memory leaves = leavesOf(amounts);
        bytes32[] memory roots = new bytes32[](TERMS / width);
        for (uint256 i; i < roots.length; ++i) {
            roots[i] = Trees.root(leaves, i * width, (i + 1) * width);
        }
        IRewardLedger.Claim[] memory claims = new IRewardLedger.Claim[](1 + (more >> 2) % 2);
        IRewardLedger.Line[] memory lines = new IRewardLedger.Line[](width);
        for (uint256 i; i < width; ++i) {
            uint256 asked = more % 4 == 0 ? amounts[start + i] + more : amounts[start + i];
            lines[i] = IRewardLedger.Line(devices[start + i], terms[start + i], asked);
        }
        claims[0] = IRewardLedger.Claim(epoch, uint64(start), lines, Trees.inclusion(roots, start / width));
        if (claims.length == 2) claims[1] = claims[0];
        _rewards.claim(claims);
        ++claimed;
    }

    function leavesOf(uint256[4] memory amounts) public view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](TERMS);
        for (uint256 i; i < TERMS; ++i) {
            leaves[i] = Rfc6962.leafHash(abi.encodePacked(devices[i], terms[i], amounts[i]));
        }
    }

    function epochs() external view returns (uint64[] memory) {
        return _epochs;
    }

    function amountsOf(uint64 epoch) external view returns (uint256[4] memory) {
        return _amounts[epoch];
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
            holders[i] = vm.addr(0x200 + i);
            devices[i] = i == 1 ? devices[0] : _attest(0x100 + i, 0x200 + i);
        }
        vm.prank(holders[0]);
        registry.transferFrom(holders[0], holders[1], uint160(devices[0]));
        uint32[4] memory terms = [uint32(1), 2, 1, 1];
        actor = new RewardActor(rewards, PROPOSER, devices, terms);
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
            uint256 paid = rewards.paidTo(actor.devices(i), actor.terms(i));
            vm.assertEq(token.balanceOf(holders[i]), paid);
            sum += paid;
        }
        vm.assertEq(sum, rewards.paid());
    }

    function invariant_noTermIsPaidMoreThanItsTreesSaid() external view {
        uint64[] memory epochs = actor.epochs();
        uint256[4] memory said;
        for (uint256 at; at < epochs.length; ++at) {
            uint256[4] memory amounts = actor.amountsOf(epochs[at]);
            for (uint256 i; i < 4; ++i) {
                said[i] += amounts[i];
            }
        }
        for (uint256 i; i < 4; ++i) {
            vm.assertLe(rewards.paidTo(actor.devices(i), actor.terms(i)), said[i]);
        }
    }

    /// @dev However its lines read, an epoch takes what it declared, and the declared is at most one cap.
    function invariant_eachEpochPaysFromItselfAlone() external view {
        uint64[] memory epochs = actor.epochs();
        (uint256 paid, uint256 earned) = (0, 0);
        for (uint256 at; at < epochs.length; ++at) {
            IRewardLedger.Epoch memory epoch = rewards.epochOf(epochs[at]);
            vm.assertLe(epoch.paid, epoch.earned);
            vm.assertLe(epoch.earned, BUDGET);
            (paid, earned) = (paid + epoch.paid, earned + epoch.earned);
            vm.assertEq(epoch.totalEarned, earned);
        }
        vm.assertEq(paid, rewards.paid());
    }

    function invariant_outflowStaysUnderOneCapAnEpochOfBlockTime() external view {
        vm.assertLe(actor.busiest(), 1);
        uint256 epochs = block.timestamp / HOUR - rewards.firstEpoch();
        vm.assertLe(rewards.paid(), epochs * BUDGET);
        vm.assertLe(actor.epochs().length, epochs);
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
        actor.claim(0, 0, 1, 1);
        actor.propose([uint32(5), 6, 7, 8], 0, 0);
        actor.wait(5 * 3600);
        actor.propose([uint32(5), 6, 7, 8], 2, 0);
        vm.expectRevert();
        actor.propose([uint32(5), 6, 7, 8], 7, 0);
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
