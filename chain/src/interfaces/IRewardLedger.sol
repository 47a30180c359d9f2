// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/**
 * @title What every term has earned, and its payment.
 * @notice Anyone may fund; funds leave by claims alone. Always: paid + unclaimed ≤ funded.
 * @dev Each epoch stands for itself: its root pays what the epoch declared as earned and no more, however its lines read, and never from
 * what another epoch declared. So a false epoch costs at most `outflowCap`, touches nothing earned before, and hinders no later one.
 */
interface IRewardLedger {
    /**
     * @dev Fixed at deployment.
     * @param epochLength Seconds; epoch number = unix time / epochLength.
     * @param budget Token base units paid for one epoch, all devices together.
     * @param scoreCap The most score of one device, all its terms together, that counts in one epoch.
     * @param shareCap Basis points of the budget that one device, all its terms together, may take at most.
     * @param challengeWindow Seconds between a proposal and its first claim.
     * @param outflowCap Token base units that one epoch may declare as earned, whatever its tree says.
     * @param earningGrades Which grades of registration earn: bit g for grade g of `IDeviceRegistry.Registration`, so 14 for all three.
     */
    struct Parameters {
        uint64 epochLength;
        uint128 budget;
        uint64 scoreCap;
        uint16 shareCap;
        uint64 challengeWindow;
        uint128 outflowCap;
        uint8 earningGrades;
    }

    /**
     * @dev What was proposed for one epoch; all zero for an epoch that was not.
     * @param proposedAt Unix seconds.
     * @param lines Leaves in both trees: the terms with records in this epoch.
     * @param earned Token base units that this epoch's lines may take, all together.
     * @param paid Token base units that they have taken.
     * @param totalEarned Sum of `earned` of all epochs up to this one.
     * @param heights Newest batch that counts, by lane.
     */
    struct Epoch {
        uint64 proposedAt;
        uint64 lines;
        uint128 earned;
        uint128 paid;
        uint128 totalEarned;
        uint256 totalWeight;
        bytes32 weightsRoot;
        bytes32 earningsRoot;
        uint64[] heights;
    }

    /// @dev One line of an epoch's earnings tree. `amount`: token base units earned by the term in this epoch.
    struct Line {
        address device;
        uint32 term;
        uint256 amount;
    }

    /**
     * @dev Neighbouring lines of one epoch, with one proof for all: a whole subtree, which is one line, or 2, 4, 8 … 256 lines from a multiple of
     * their number on, or what is left at the end of the tree.
     * @param first Place of the first line in the tree.
     * @param proof RFC 6962 inclusion proof of the subtree.
     */
    struct Claim {
        uint64 epoch;
        uint64 first;
        Line[] lines;
        bytes32[] proof;
    }

    event Funded(address indexed funder, uint256 amount, uint256 funded);
    event EpochProposed(
        uint64 indexed epoch,
        uint64[] heights,
        uint256 totalWeight,
        uint256 earned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 lines
    );
    /// @dev `cumulative`: token base units paid to the term so far, this payment included.
    event Claimed(
        uint64 indexed epoch,
        address indexed device,
        uint32 indexed term,
        address holder,
        uint256 amount,
        uint256 cumulative
    );

    /// @dev `parameter` is the name of the one that makes no sense.
    error ParameterOutOfRange(bytes32 parameter, uint256 given);
    error NotProposer(address expected, address given);
    error EpochOutOfOrder(uint64 latest, uint64 given);
    /// @dev The epoch was over before this contract was deployed.
    error EpochBeforeFirst(uint64 first, uint64 given);
    error EpochNotOver(uint256 endsAt, uint256 time);
    /// @dev One proposal in each epoch of block time. The time from which on the next one is taken, and the block's.
    error ProposedAlready(uint256 nextAt, uint256 time);
    error WrongLaneCount(uint256 expected, uint256 given);
    error HeightNotSettled(uint32 lane, uint64 settled, uint64 given);
    error HeightDecreased(uint32 lane, uint64 previous, uint64 given);
    error OutflowCapExceeded(uint256 cap, uint256 given);
    error NotFunded(uint256 funded, uint256 totalEarned);
    error EpochNotProposed(uint64 epoch);
    error EpochNotFinal(uint256 finalAt, uint256 time);
    error UnknownTerm(address device, uint32 term);
    /// @dev These lines do not stand at this place of the epoch's tree, or are no whole subtree.
    error LinesNotInTree(uint64 epoch, uint64 first, uint256 lines);
    /// @dev The tree's lines sum up to more than the epoch declared: nothing beyond what is left of that is paid.
    error EarnedExceeded(uint64 epoch, uint256 left, uint256 given);

    /// @notice Takes tokens from the sender, for good: no call returns them but claims.
    function fund(uint256 amount) external;

    /**
     * @notice Proposes an epoch's trees. Only the proposer; epochs rise strictly, may be skipped, and must be over.
     * @dev One proposal in each epoch of block time, so that epochs left out earlier cannot be made up for at once: at most one `outflowCap` an
     * epoch, whatever the proposer does.
     * @param heights Newest batch that counts, by lane; settled, and never lower than in the epoch before.
     * @param earned Token base units that the lines take all together; at most `outflowCap`, and funded beside all that was earned before.
     */
    function propose(
        uint64 epoch,
        uint64[] calldata heights,
        uint256 totalWeight,
        uint256 earned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 lines
    ) external;

    /**
     * @notice Pays each line of final epochs to its term's holder, once, whoever sends it. Many devices and many epochs in one call.
     * @dev All or nothing. A line that is paid already pays nothing and reverts nothing, so sending again is harmless.
     */
    function claim(Claim[] calldata claims) external;

    function epochOf(uint64 epoch) external view returns (Epoch memory);

    /// @notice The newest epoch whose challenge window is over, 0 before the first.
    function latestFinal() external view returns (uint64);

    /// @notice The newest epoch proposed, 0 before the first.
    function latestProposed() external view returns (uint64);

    /// @notice The earliest epoch that may be proposed: the one in which this contract was deployed.
    function firstEpoch() external view returns (uint64);

    /// @notice Token base units paid to the term's holders so far.
    function paidTo(address device, uint32 term) external view returns (uint256);

    /// @notice Which lines of an epoch are paid: bit i of word w for line 256 w + i.
    function paidLines(uint64 epoch, uint64 word) external view returns (uint256);

    /// @notice What a device of that weight earns in an epoch of that total weight; `sdk/reward.ts` is the same function.
    function reward(uint256 weight, uint256 totalWeight) external view returns (uint256);

    function parameters() external view returns (Parameters memory);

    function funded() external view returns (uint256);

    function paid() external view returns (uint256);

    function token() external view returns (address);

    function registry() external view returns (address);

    function ledger() external view returns (address);

    function proposer() external view returns (address);
}
