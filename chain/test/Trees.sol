// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Rfc6962} from "../src/lib/Rfc6962.sol";

/// @dev RFC 9162 §2.1 word by word, recursive and slow: the reference that the verifiers are held against.
library Trees {
    function root(bytes32[] memory leaves, uint256 begin, uint256 end) internal pure returns (bytes32) {
        if (begin == end) return sha256("");
        if (end - begin == 1) return leaves[begin];
        uint256 middle = begin + split(end - begin);
        return Rfc6962.nodeHash(root(leaves, begin, middle), root(leaves, middle, end));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return root(leaves, 0, leaves.length);
    }

    /// @dev PATH(m, D[n]).
    function inclusion(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return _inclusion(leaves, index, 0, leaves.length);
    }

    /// @dev PROOF(m, D[n]).
    function consistency(bytes32[] memory leaves, uint256 from) internal pure returns (bytes32[] memory proof) {
        if (from == 0) return proof;
        return _subproof(leaves, from, 0, leaves.length, true);
    }

    /**
     * @dev Roots of two logs that nobody built: a proof of the right shape is folded as RFC 9162 §2.1.4.2 says, so the proof holds by
     * construction. Lets a lane of millions of records be met without hashing them.
     */
    function imagined(uint256 from, uint256 size) internal pure returns (bytes32, bytes32, bytes32[] memory) {
        bytes32[] memory proof = new bytes32[](130);
        (uint256 index, uint256 last, uint256 length) = (from - 1, size - 1, 0);
        while (index & 1 == 1) (index, last) = (index >> 1, last >> 1);
        bytes32 fromHash = sha256(abi.encode(from));
        bytes32 hash = fromHash;
        if (index != 0) proof[length++] = fromHash;
        while (last != 0) {
            bytes32 sibling = sha256(abi.encode(from, size, length));
            proof[length++] = sibling;
            if (index & 1 == 1 || index == last) {
                (fromHash, hash) = (Rfc6962.nodeHash(sibling, fromHash), Rfc6962.nodeHash(sibling, hash));
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                hash = Rfc6962.nodeHash(hash, sibling);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return (fromHash, hash, _cut(proof, length));
    }

    function split(uint256 size) internal pure returns (uint256 half) {
        half = 1;
        while (half * 2 < size) half *= 2;
    }

    function _inclusion(bytes32[] memory leaves, uint256 index, uint256 begin, uint256 end)
        private
        pure
        returns (bytes32[] memory)
    {
        if (end - begin <= 1) return new bytes32[](0);
        uint256 middle = begin + split(end - begin);
        if (index < middle) return _with(_inclusion(leaves, index, begin, middle), root(leaves, middle, end));
        return _with(_inclusion(leaves, index, middle, end), root(leaves, begin, middle));
    }

    function _subproof(bytes32[] memory leaves, uint256 from, uint256 begin, uint256 end, bool isWhole)
        private
        pure
        returns (bytes32[] memory)
    {
        if (from == end) {
            bytes32[] memory none = new bytes32[](0);
            return isWhole ? none : _with(none, root(leaves, begin, end));
        }
        uint256 middle = begin + split(end - begin);
        if (from <= middle) return _with(_subproof(leaves, from, begin, middle, isWhole), root(leaves, middle, end));
        return _with(_subproof(leaves, from, middle, end, false), root(leaves, begin, middle));
    }

    function _with(bytes32[] memory list, bytes32 item) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }

    function _cut(bytes32[] memory list, uint256 length) private pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](length);
        for (uint256 i; i < length; ++i) {
            shorter[i] = list[i];
        }
    }
}
