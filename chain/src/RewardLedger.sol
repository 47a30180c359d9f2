// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDeviceRegistry} from "./interfaces/IDeviceRegistry.sol";
import {ILaneLedger} from "./interfaces/ILaneLedger.sol";
import {IRewardLedger} from "./interfaces/IRewardLedger.sol";
import {LogFormat} from "./lib/LogFormat.sol";
import {Reward} from "./lib/Reward.sol";
import {Rfc6962} from "./lib/Rfc6962.sol";

contract RewardLedger is IRewardLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address public immutable override token;
    address public immutable override registry;
    address public immutable override ledger;
    address public immutable override proposer;
    uint64 public immutable override firstEpoch;
    uint64 private immutable _epochLength;
    uint64 private immutable _scoreCap;
    uint64 private immutable _challengeWindow;
    uint128 private immutable _budget;
    uint128 private immutable _outflowCap;
    uint16 private immutable _shareCap;

    uint256 public override funded;
    /// @dev One slot: what left, and how much may leave, which is the total earned of the newest epoch that anyone claimed from.
    uint128 private _paid;
    uint128 private _claimable;
    uint64[] private _proposed;
    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(address device => mapping(uint32 term => uint256 amount)) private _paidTo;

    /// @param wiring token, registry, ledger, proposer.
    constructor(address[4] memory wiring, Parameters memory given) {
        if (given.epochLength == 0) revert ParameterOutOfRange("epochLength", given.epochLength);
        if (given.shareCap > Reward.BASIS_POINTS) revert ParameterOutOfRange("shareCap", given.shareCap);
        if (given.budget > given.outflowCap) revert ParameterOutOfRange("outflowCap", given.outflowCap);
        (token, registry, ledger, proposer) = (wiring[0], wiring[1], wiring[2], wiring[3]);
        _epochLength = given.epochLength;
        _budget = given.budget;
        _scoreCap = given.scoreCap;
        _shareCap = given.shareCap;
        _challengeWindow = given.challengeWindow;
        _outflowCap = given.outflowCap;
        firstEpoch = uint64(block.timestamp) / given.epochLength;
    }

    /// @inheritdoc IRewardLedger
    function fund(uint256 amount) external override nonReentrant {
        funded += amount;
        emit Funded(msg.sender, amount, funded);

        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IRewardLedger
    function propose(
        uint64 epoch,
        uint64[] calldata heights,
        uint256 totalWeight,
        uint256 totalEarned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 terms
    ) external override {
        if (msg.sender != proposer) revert NotProposer(proposer, msg.sender);
        uint64 latest = latestProposed();
        _checkEpoch(latest, epoch);
        _checkHeights(_epochs[latest].heights, heights);
        _checkTotal(_epochs[latest].totalEarned, totalEarned);

        _proposed.push(epoch);
        _epochs[epoch] = Epoch({
            proposedAt: uint64(block.timestamp),
            terms: terms,
            totalEarned: SafeCast.toUint128(totalEarned),
            totalWeight: totalWeight,
            weightsRoot: weightsRoot,
            earningsRoot: earningsRoot,
            heights: heights
        });
        emit EpochProposed(epoch, heights, totalWeight, totalEarned, weightsRoot, earningsRoot, terms);
    }

    /// @inheritdoc IRewardLedger
    function claim(uint64 epoch, Claim[] calldata claims) external override nonReentrant {
        Epoch storage proposed = _epochs[epoch];
        uint256 finalAt = _finalAt(epoch);
        if (block.timestamp < finalAt) revert EpochNotFinal(finalAt, block.timestamp);

        (bytes32 root, uint64 terms) = (proposed.earningsRoot, proposed.terms);
        (address[] memory holders, uint256[] memory amounts) =
            (new address[](claims.length), new uint256[](claims.length));
        uint256 sum;
        for (uint256 i; i < claims.length; ++i) {
            (holders[i], amounts[i]) = _book(claims[i], root, terms);
            sum += amounts[i];
        }
        _pay(sum, proposed.totalEarned);

        for (uint256 i; i < claims.length; ++i) {
            if (amounts[i] != 0) IERC20(token).safeTransfer(holders[i], amounts[i]);
        }
    }

    /// @inheritdoc IRewardLedger
    function epochOf(uint64 epoch) external view override returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc IRewardLedger
    function latestFinal() external view override returns (uint64) {
        (uint256 low, uint256 high) = (0, _proposed.length);
        // Proposals stand in order of time, so the final ones come first.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_finalAt(_proposed[middle]) <= block.timestamp) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : _proposed[low - 1];
    }

    /// @inheritdoc IRewardLedger
    function latestProposed() public view override returns (uint64) {
        return _proposed.length == 0 ? 0 : _proposed[_proposed.length - 1];
    }

    /// @inheritdoc IRewardLedger
    function paidTo(address device, uint32 term) external view override returns (uint256) {
        return _paidTo[device][term];
    }

    /// @inheritdoc IRewardLedger
    function reward(uint256 weight, uint256 totalWeight) external view override returns (uint256) {
        return Reward.reward(weight, totalWeight, _budget, _shareCap);
    }

    /// @inheritdoc IRewardLedger
    function parameters() external view override returns (Parameters memory) {
        return Parameters({
            epochLength: _epochLength,
            budget: _budget,
            scoreCap: _scoreCap,
            shareCap: _shareCap,
            challengeWindow: _challengeWindow,
            outflowCap: _outflowCap
        });
    }

    /// @inheritdoc IRewardLedger
    function paid() external view override returns (uint256) {
        return _paid;
    }

    /// @dev Epochs are bound to time at both ends, or the cap per epoch would cap nothing.
    function _checkEpoch(uint64 latest, uint64 epoch) private view {
        if (epoch < firstEpoch) revert EpochBeforeFirst(firstEpoch, epoch);
        if (epoch <= latest) revert EpochOutOfOrder(latest, epoch);
        uint256 endsAt = (uint256(epoch) + 1) * _epochLength;
        if (block.timestamp < endsAt) revert EpochNotOver(endsAt, block.timestamp);
    }

    function _checkHeights(uint64[] storage previous, uint64[] calldata heights) private view {
        uint32 lanes = ILaneLedger(ledger).lanes();
        if (heights.length != lanes) revert WrongLaneCount(lanes, heights.length);
        bool isFirst = previous.length == 0;
        for (uint32 lane; lane < lanes; ++lane) {
            (, uint64 settled,,) = ILaneLedger(ledger).laneOf(lane);
            if (heights[lane] > settled) revert HeightNotSettled(lane, settled, heights[lane]);
            if (!isFirst && heights[lane] < previous[lane]) {
                revert HeightDecreased(lane, previous[lane], heights[lane]);
            }
        }
    }

    function _checkTotal(uint256 previous, uint256 totalEarned) private view {
        if (totalEarned < previous) revert TotalEarnedDecreased(previous, totalEarned);
        if (totalEarned - previous > _outflowCap) revert OutflowCapExceeded(_outflowCap, totalEarned - previous);
        if (totalEarned > funded) revert NotFunded(funded, totalEarned);
    }

    function _finalAt(uint64 epoch) private view returns (uint256) {
        uint64 proposedAt = _epochs[epoch].proposedAt;
        if (proposedAt == 0) revert EpochNotProposed(epoch);
        return uint256(proposedAt) + _challengeWindow;
    }

    /// @dev Books one claim; a second one of the same term in the same call finds the first booked, and pays nothing.
    function _book(Claim calldata given, bytes32 root, uint64 terms) private returns (address holder, uint256 amount) {
        bytes32 leaf = Rfc6962.leafHash(LogFormat.earningsLeaf(given.device, given.term, given.cumulative));
        if (!Rfc6962.isIncluded(leaf, given.index, terms, given.proof, root)) {
            revert EarningNotInTree(given.device, given.term, given.cumulative);
        }
        holder = IDeviceRegistry(registry).holderOf(given.device, given.term);
        if (holder == address(0)) revert UnknownTerm(given.device, given.term);
        uint256 before = _paidTo[given.device][given.term];
        if (given.cumulative <= before) return (holder, 0);

        amount = given.cumulative - before;
        _paidTo[given.device][given.term] = given.cumulative;
        emit Claimed(given.device, given.term, holder, amount, given.cumulative);
    }

    /// @dev A tree whose lines sum up to more than its declared total cannot take more than that total.
    function _pay(uint256 sum, uint128 totalEarned) private {
        (uint128 paid_, uint128 claimable) = (_paid, _claimable);
        if (totalEarned > claimable) claimable = totalEarned;
        uint256 after_ = paid_ + sum;
        if (after_ > claimable) revert TotalEarnedExceeded(claimable, after_);
        (_paid, _claimable) = (uint128(after_), claimable);
    }
}
