// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title RFC 6962 / RFC 9162 Merkle trees over SHA-256, checked with the precompile. `sdk/log/merkle.ts` is its twin.
library Rfc6962 {
    /// @dev SHA-256 of nothing: the root of a tree without leaves.
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    function leafHash(bytes memory data) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"00", data));
    }

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"01", left, right));
    }

    /// @dev The root over leaf hashes, built in their place. A node without a sibling moves up as it is: RFC 9162 §2.1.1 from below.
    function rootOf(bytes32[] memory hashes) internal pure returns (bytes32) {
        if (hashes.length == 0) return EMPTY_ROOT;
        for (uint256 count = hashes.length; count > 1; count = (count + 1) / 2) {
            for (uint256 i; i < count / 2; ++i) {
                hashes[i] = nodeHash(hashes[2 * i], hashes[2 * i + 1]);
            }
            if (count % 2 == 1) hashes[count / 2] = hashes[count - 1];
        }
        return hashes[0];
    }

    /// @dev RFC 9162 §2.1.3.2.
    function isIncluded(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata proof, bytes32 root)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        uint256 last = size - 1;
        bytes32 hash = leaf;
        for (uint256 i; i < proof.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                hash = nodeHash(proof[i], hash);
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                hash = nodeHash(hash, proof[i]);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /// @dev RFC 9162 §2.1.4.2, and what it leaves to the reader: every tree extends the empty one, and itself, by an empty proof.
    function isConsistent(uint256 from, uint256 size, bytes32 fromRoot, bytes32 root, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        if (from > size) return false;
        if (from == size) return proof.length == 0 && fromRoot == root;
        if (from == 0) return proof.length == 0 && fromRoot == EMPTY_ROOT;

        uint256 index = from - 1;
        uint256 last = size - 1;
        while (index & 1 == 1) (index, last) = (index >> 1, last >> 1);

        // A complete subtree is its own first hash, so the proof leaves it out.
        uint256 next = index == 0 ? 0 : 1;
        if (proof.length < next) return false;
        bytes32 fromHash = index == 0 ? fromRoot : proof[0];
        bytes32 hash = fromHash;
        for (; next < proof.length; ++next) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                fromHash = nodeHash(proof[next], fromHash);
                hash = nodeHash(proof[next], hash);
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                hash = nodeHash(hash, proof[next]);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return last == 0 && fromHash == fromRoot && hash == root;
    }
}
