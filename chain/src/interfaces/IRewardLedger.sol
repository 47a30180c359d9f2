// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/**
 * @title What every term has earned, and its payment.
 * @notice Anyone may fund; funds leave by claims alone. Always: paid + unclaimed ≤ funded.
 */
interface IRewardLedger {
    /**
     * @dev Fixed at deployment.
     * @param epochLength Seconds; epoch number = unix time / epochLength.
     * @param budget Token base units paid for one epoch, all terms together.
     * @param scoreCap The most score of one term that counts in one epoch.
     * @param shareCap Basis points of the budget that one term may take at most.
     * @param challengeWindow Seconds between a proposal and its first claim.
     * @param outflowCap Token base units that one epoch may add to the total earned, whatever its tree says.
     */
    struct Parameters {
        uint64 epochLength;
        uint128 budget;
        uint64 scoreCap;
        uint16 shareCap;
        uint64 challengeWindow;
        uint128 outflowCap;
    }

    /**
     * @dev What was proposed for one epoch; all zero for an epoch that was not.
     * @param proposedAt Unix seconds.
     * @param terms Leaves in both trees.
     * @param totalEarned Sum of all terms' cumulative earnings.
     * @param heights Newest batch that counts, by lane.
     */
    struct Epoch {
        uint64 proposedAt;
        uint64 terms;
        uint128 totalEarned;
        uint256 totalWeight;
        bytes32 weightsRoot;
        bytes32 earningsRoot;
        uint64[] heights;
    }

    /**
     * @dev One line of an epoch's earnings tree, with its inclusion proof.
     * @param cumulative Token base units earned by the term since it started.
     */
    struct Claim {
        address device;
        uint32 term;
        uint256 cumulative;
        uint64 index;
        bytes32[] proof;
    }

    event Funded(address indexed funder, uint256 amount, uint256 funded);
    event EpochProposed(
        uint64 indexed epoch,
        uint64[] heights,
        uint256 totalWeight,
        uint256 totalEarned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 terms
    );
    event Claimed(address indexed device, uint32 indexed term, address holder, uint256 amount, uint256 cumulative);

    /// @dev `parameter` is the name of the one that makes no sense.
    error ParameterOutOfRange(bytes32 parameter, uint256 given);
    error NotProposer(address expected, address given);
    error EpochOutOfOrder(uint64 latest, uint64 given);
    /// @dev The epoch was over before this contract was deployed.
    error EpochBeforeFirst(uint64 first, uint64 given);
    error EpochNotOver(uint256 endsAt, uint256 time);
    error WrongLaneCount(uint256 expected, uint256 given);
    error HeightNotSettled(uint32 lane, uint64 settled, uint64 given);
    error HeightDecreased(uint32 lane, uint64 previous, uint64 given);
    error TotalEarnedDecreased(uint256 previous, uint256 given);
    error OutflowCapExceeded(uint256 cap, uint256 given);
    error NotFunded(uint256 funded, uint256 totalEarned);
    error EpochNotProposed(uint64 epoch);
    error EpochNotFinal(uint256 finalAt, uint256 time);
    error UnknownTerm(address device, uint32 term);
    error EarningNotInTree(address device, uint32 term, uint256 cumulative);
    /// @dev The tree's lines sum up to more than its declared total: nothing beyond the total is paid.
    error TotalEarnedExceeded(uint256 totalEarned, uint256 paid);

    /// @notice Takes tokens from the sender, for good: no call returns them but claims.
    function fund(uint256 amount) external;

    /// @notice Proposes an epoch's trees. Only the proposer; epochs rise strictly, may be skipped, and must be over.
    /// @param heights Newest batch that counts, by lane; settled, and never lower than in the epoch before.
    function propose(
        uint64 epoch,
        uint64[] calldata heights,
        uint256 totalWeight,
        uint256 totalEarned,
        bytes32 weightsRoot,
        bytes32 earningsRoot,
        uint64 terms
    ) external;

    /**
     * @notice Pays each term's holder what it earned up to a final epoch and was not paid before, whoever sends it.
     * @dev All or nothing. A claim that is paid already pays nothing and reverts nothing, so sending again is harmless.
     */
    function claim(uint64 epoch, Claim[] calldata claims) external;

    function epochOf(uint64 epoch) external view returns (Epoch memory);

    /// @notice The newest epoch whose challenge window is over, 0 before the first.
    function latestFinal() external view returns (uint64);

    /// @notice The newest epoch proposed, 0 before the first.
    function latestProposed() external view returns (uint64);

    /// @notice The earliest epoch that may be proposed: the one in which this contract was deployed.
    function firstEpoch() external view returns (uint64);

    /// @notice Token base units paid to the term's holders so far.
    function paidTo(address device, uint32 term) external view returns (uint256);

    /// @notice What a term of that weight earns in an epoch of that total weight; `sdk/reward.ts` is the same function.
    function reward(uint256 weight, uint256 totalWeight) external view returns (uint256);

    function parameters() external view returns (Parameters memory);

    function funded() external view returns (uint256);

    function paid() external view returns (uint256);

    function token() external view returns (address);

    function registry() external view returns (address);

    function ledger() external view returns (address);

    function proposer() external view returns (address);
}
