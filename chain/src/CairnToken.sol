// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title Fees, bonds, votes, rewards. The supply is minted once; nobody can mint, burn, pause or take.
contract CairnToken is ERC20, ERC20Permit, ERC20Votes {
    /// @dev Base units are 1e-18.
    uint256 private constant SUPPLY = 1_000_000_000e18;

    constructor(address treasury) ERC20("Cairn", "CAIRN") ERC20Permit("Cairn") {
        _mint(treasury, SUPPLY);
    }

    /// @dev Seconds, not blocks: the sub-chain makes a block only when something waits.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
