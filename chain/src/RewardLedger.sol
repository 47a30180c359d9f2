// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDeviceRegistry} from "./interfaces/IDeviceRegistry.sol";
import {ILaneLedger} from "./interfaces/ILaneLedger.sol";
import {IRewardLedger} from "./interfaces/IRewardLedger.sol";
import {LogFormat} from "./lib/LogFormat.sol";
import {Reward} from "./lib/Reward.sol";
import {Rfc6962} from "./lib/Rfc6962.sol";

contract RewardLedger is IRewardLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What one call pays, in memory alone: the first `count` of holders and amounts.
    struct Payments {
        uint256 count;
        uint256 sum;
        address[] holders;
        uint256[] amounts;
    }

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
    uint8 private immutable _earningGrades;

    /// @dev Bits 1 to 3: the grades that DeviceRegistry knows.
    uint8 private constant ALL_GRADES = 14;
    /// @dev One word of paid lines; a subtree of at most so many never crosses two.
    uint256 private constant MAX_LINES = 256;

    uint256 public override funded;
    uint256 public override paid;
    uint64[] private _proposed;
    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(uint64 epoch => mapping(uint64 word => uint256 bits)) private _paidLines;
    mapping(address device => mapping(uint32 term => uint256 amount)) private _paidTo;

    /// @param wiring token, registry, ledger, proposer.
    constructor(address[4] memory wiring, Parameters memory given) {
        if (given.epochLength == 0) revert ParameterOutOfRange("epochLength", given.epochLength);
        if (given.shareCap > Reward.BASIS_POINTS) revert ParameterOutOfRange("shareCap", given.shareCap);
        if (given.budget > given.outflowCap) revert ParameterOutOfRange("outflowCap", given.outflowCap);
        if (given.earningGrades == 0 || given.earningGrades & ALL_GRADES != given.earningGrades) {
            revert ParameterOutOfRange("earningGrades", given.earningGrades);
        }
        (token, registry, ledger, proposer) = (wiring[0], wiring[1], wiring[2], wiring[3]);
        _epochLength = given.epochLength;
        _budget = given.budget;
        _scoreCap = given.scoreCap;
        _shareCap = given.shareCap;
        _challengeWindow = given.challengeWindow;
        _outflowCap = given.outflowCap;
        _earningGrades = given.earningGrades;
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
        uint256 earned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 lines
    ) external override {
        if (msg.sender != proposer) revert NotProposer(proposer, msg.sender);
        Epoch storage latest = _epochs[latestProposed()];
        _checkEpoch(epoch, latest.proposedAt);
        _checkHeights(latest.heights, heights);
        uint256 totalEarned = _checkEarned(latest.totalEarned, earned);

        _proposed.push(epoch);
        _epochs[epoch] = Epoch({
            proposedAt: uint64(block.timestamp),
            lines: lines,
            earned: uint128(earned),
            paid: 0,
            totalEarned: SafeCast.toUint128(totalEarned),
            totalWeight: totalWeight,
            weightsRoot: weightsRoot,
            earningsRoot: earningsRoot,
            heights: heights
        });
        emit EpochProposed(epoch, heights, totalWeight, earned, weightsRoot, earningsRoot, lines);
    }

    /// @inheritdoc IRewardLedger
    function claim(Claim[] calldata claims) external override nonReentrant {
        uint256 count;
        for (uint256 i; i < claims.length; ++i) {
            count += claims[i].lines.length;
        }
        Payments memory payments = Payments(0, 0, new address[](count), new uint256[](count));
        for (uint256 i; i < claims.length; ++i) {
            _book(claims[i], payments);
        }
        paid += payments.sum;

        for (uint256 i; i < payments.count; ++i) {
            IERC20(token).safeTransfer(payments.holders[i], payments.amounts[i]);
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
    function paidLines(uint64 epoch, uint64 word) external view override returns (uint256) {
        return _paidLines[epoch][word];
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
            outflowCap: _outflowCap,
            earningGrades: _earningGrades
        });
    }

    /**
     * @dev Epochs are bound to time at both ends, and proposals to block time, or the cap per epoch would cap nothing: a proposer could make up
     * epochs, or save up those that it left out.
     */
    function _checkEpoch(uint64 epoch, uint64 latestAt) private view {
        uint64 latest = latestProposed();
        if (epoch < firstEpoch) revert EpochBeforeFirst(firstEpoch, epoch);
        if (epoch <= latest) revert EpochOutOfOrder(latest, epoch);
        uint256 endsAt = (uint256(epoch) + 1) * _epochLength;
        if (block.timestamp < endsAt) revert EpochNotOver(endsAt, block.timestamp);
        uint256 nextAt = latestAt == 0 ? 0 : (uint256(latestAt) / _epochLength + 1) * _epochLength;
        if (block.timestamp < nextAt) revert ProposedAlready(nextAt, block.timestamp);
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

    function _checkEarned(uint256 before, uint256 earned) private view returns (uint256 totalEarned) {
        if (earned > _outflowCap) revert OutflowCapExceeded(_outflowCap, earned);
        totalEarned = before + earned;
        if (totalEarned > funded) revert NotFunded(funded, totalEarned);
    }

    function _finalAt(uint64 epoch) private view returns (uint256) {
        uint64 proposedAt = _epochs[epoch].proposedAt;
        if (proposedAt == 0) revert EpochNotProposed(epoch);
        return uint256(proposedAt) + _challengeWindow;
    }

    /// @dev Books what of a claim is not paid yet. A second claim of the same lines in the same call finds them booked, and adds nothing.
    function _book(Claim calldata given, Payments memory payments) private {
        uint256 finalAt = _finalAt(given.epoch);
        if (block.timestamp < finalAt) revert EpochNotFinal(finalAt, block.timestamp);
        Epoch storage epoch = _epochs[given.epoch];
        if (!_isInTree(given, epoch.lines, epoch.earningsRoot)) {
            revert LinesNotInTree(given.epoch, given.first, given.lines.length);
        }

        uint256 bits = _paidLines[given.epoch][given.first / 256];
        uint256 left = epoch.earned - epoch.paid;
        uint256 sum;
        for (uint256 i; i < given.lines.length; ++i) {
            uint256 bit = 1 << ((given.first + i) % 256);
            Line calldata line = given.lines[i];
            if (bits & bit != 0 || line.amount == 0) continue;
            if (line.amount > left - sum) revert EarnedExceeded(given.epoch, left - sum, line.amount);
            (bits, sum) = (bits | bit, sum + line.amount);
            _add(payments, _bookLine(given.epoch, line), line.amount);
        }
        if (sum == 0) return;
        _paidLines[given.epoch][given.first / 256] = bits;
        epoch.paid += uint128(sum);
        payments.sum += sum;
    }

    function _bookLine(uint64 epoch, Line calldata line) private returns (address holder) {
        holder = IDeviceRegistry(registry).holderOf(line.device, line.term);
        if (holder == address(0)) revert UnknownTerm(line.device, line.term);
        uint256 cumulative = _paidTo[line.device][line.term] += line.amount;
        emit Claimed(epoch, line.device, line.term, holder, line.amount, cumulative);
    }

    /// @dev Neighbouring lines of one holder, such as one device's terms or epochs, are one transfer.
    function _add(Payments memory payments, address holder, uint256 amount) private pure {
        if (payments.count == 0 || payments.holders[payments.count - 1] != holder) {
            payments.holders[payments.count++] = holder;
        }
        payments.amounts[payments.count - 1] += amount;
    }

    /**
     * @dev RFC 6962's tree over subtrees of 2^k leaves is the tree over leaves, k levels up: the lines' own root is proven as if it were a leaf of
     * that one. Lines fewer than 2^k are the end of the tree.
     */
    function _isInTree(Claim calldata given, uint64 size, bytes32 root) private pure returns (bool) {
        uint256 count = given.lines.length;
        if (count == 0 || count > MAX_LINES) return false;
        uint256 k = Math.log2(count, Math.Rounding.Ceil);
        uint256 width = 1 << k;
        if (given.first % width != 0) return false;
        if (count != width && uint256(given.first) + count != size) return false;
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            Line calldata line = given.lines[i];
            hashes[i] = Rfc6962.leafHash(LogFormat.earningsLeaf(line.device, line.term, line.amount));
        }
        uint256 subtrees = (uint256(size) + width - 1) >> k;
        return Rfc6962.isIncluded(Rfc6962.rootOf(hashes), given.first >> k, subtrees, given.proof, root);
    }
}
