// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A term's share of an epoch's budget. `sdk/reward.ts` is the same function; both are held equal over seeded cases.
library Reward {
    uint256 internal constant BASIS_POINTS = 10_000;

    function weightOf(uint256 score, uint256 scoreCap) internal pure returns (uint256) {
        return Math.min(score, scoreCap);
    }

    /**
     * @dev The share rounded down, at most the cap, so that all terms together never take more than the budget.
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
}
