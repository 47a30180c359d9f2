// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/**
 * @title What a device earns in an epoch, and how its terms share it. `sdk/reward.ts` is the same; both are held equal over seeded cases.
 * @dev Both caps are the device's. Its terms' scores are added first and capped once, so that cutting a device's records into terms, by
 * selling it back and forth, never raises what the device earns. Every division rounds down: terms together never pass their device,
 * devices together never pass the budget.
 */
library Reward {
    uint256 internal constant BASIS_POINTS = 10_000;

    /// @param score The sum of the scores of all the device's terms that earn.
    function weightOf(uint256 score, uint256 scoreCap) internal pure returns (uint256) {
        return Math.min(score, scoreCap);
    }

    /**
     * @dev A device's amount: its share of the budget, at most the cap.
     * The product has 512 bits, as TypeScript's integers have no end; it reverts only where `weight` is far above `totalWeight`.
     */
    function reward(uint256 weight, uint256 totalWeight, uint256 budget, uint256 shareCap)
        internal
        pure
        returns (uint256)
    {
        if (totalWeight == 0) return 0;
        return Math.min(Math.mulDiv(budget, weight, totalWeight), Math.mulDiv(budget, shareCap, BASIS_POINTS));
    }

    /// @dev A term's part of its device's weight or amount, in proportion to its score.
    function partOf(uint256 whole, uint256 score, uint256 deviceScore) internal pure returns (uint256) {
        return deviceScore == 0 ? 0 : Math.mulDiv(whole, score, deviceScore);
    }
}
